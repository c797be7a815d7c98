import assert from "node:assert/strict"
import { channel } from "node:diagnostics_channel"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

/** Calls `look` when the work reaches a named point. @returns its result */
function at<T>(name: string, look: () => T): Promise<T> {
  const points = channel("wecom-push:point")
  const { promise, resolve } = Promise.withResolvers<T>()
  const onPoint = (message: unknown): void => {
    if ((message as { point: string }).point !== name) return
    points.unsubscribe(onPoint)
    resolve(look())
  }
  points.subscribe(onPoint)
  return promise
}

function storedLookups({ databaseFile }: DispatchUnderTest): number {
  using db = new DatabaseSync(databaseFile, { readOnly: true })
  return Number(db.prepare("select count(*) as stored from lookups").get()?.["stored"])
}

const isInFlight = async (gateway: DispatchUnderTest, id: string): Promise<boolean> =>
  (await gateway.stores.reader.calls({ messageId: id, limit: 1 })).items[0]?.inFlight === true

test("P3: what was accepted goes out after a restart", async () => {
  await using gateway = await startDispatch({ idle: true })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("P4: numbers found before a crash are not asked again", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "hang_before", match: "13800000003" })
  const id = await gateway.post({ mobiles: ["13800000001", "13800000002", "13800000003"] })
  await gateway.until(async () => (await gateway.calls("user/getuserid")).length === 3)
  await gateway.until(() => storedLookups(gateway) === 2, "both numbers to be kept")
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "sent"])
  assert.equal((await gateway.calls("user/getuserid")).length, 4)
})

test("P7: a call in flight at a crash is repeated byte for byte, and shown once", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ mobiles: ["13800000001", "13800000002"], users: ["ghost"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["invalid", "sent", "sent"])
  const [first, second] = await gateway.calls()
  assert.equal(first?.sha256, second?.sha256)
  assert.deepEqual(second?.suppressed, ["zhangsan", "lisi"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
  assert.deepEqual(
    (await gateway.attempts(id)).map(({ result }) => result),
    ["in_doubt", "accepted"],
  )
})

// proves P7: waiting for the reply
test("P7: after a crash each number has the member it belongs to, though one was known before and another had to be asked for", async () => {
  await using gateway = await startDispatch()
  assert.deepEqual(await gateway.outcome(await gateway.post({ mobiles: ["13800000002"] })), ["sent"])
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ mobiles: ["13800000001", "13800000002"], text: "again" })
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.deepEqual(
    (await gateway.recipients(id)).map(({ userid }) => userid),
    ["zhangsan", "lisi"],
  )
})

test("P6: a call whose bytes never left is sent after the crash, once", async () => {
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      request: (request) =>
        request.url.pathname.endsWith("/send") ? new Promise(() => undefined) : real.request(request),
    }),
    idle: true,
  })
  const atPoint = at("send.before_write", () => undefined)
  const id = await gateway.post({ users: ["zhangsan"] })
  gateway.start()
  await atPoint
  await gateway.crash({ transport: (real) => real })
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("P8: an answer that was read and not stored comes to the same outcome after the repeat", async () => {
  await using gateway = await startDispatch()
  await gateway.settings({ duplicate_answer: "same_msgid" })
  const snapshot = at("settle.before_commit", () => gateway.snapshot())
  const id = await gateway.post({ users: ["zhangsan", "ghost"], mobiles: ["13800000002"] })
  await gateway.outcome(id)
  const before = await gateway.recipients(id)
  await gateway.crashTo(await snapshot)
  await gateway.outcome(id)
  const after = await gateway.recipients(id)
  const essence = (rows: typeof before) =>
    rows.map(({ state, userid, msgid, reason }) => ({ state, userid, msgid, reason }))
  assert.deepEqual(essence(after), essence(before))
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

// proves P8: with the reply not stored
test("P8: where the answer to a repeat names no one any more, all are sent, and the attempts show that it was a repeat", async () => {
  await using gateway = await startDispatch()
  await gateway.settings({ duplicate_names_invalid: false })
  const snapshot = at("settle.before_commit", () => gateway.snapshot())
  const id = await gateway.post({ users: ["zhangsan", "ghost"] })
  assert.deepEqual(await gateway.outcome(id), ["sent", "invalid"])
  await gateway.crashTo(await snapshot)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.deepEqual(
    (await gateway.attempts(id)).map(({ number, result }) => [number, result]),
    [
      [1, "in_doubt"],
      [2, "accepted"],
    ],
  )
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("a number and a userid of one person, in flight at a crash, come to one outcome", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ users: ["lisi", "ghost"], mobiles: ["13800000002", "13800000001"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent", "invalid", "sent", "sent"])
  assert.deepEqual(
    (await gateway.recipients(id)).map(({ userid }) => userid),
    ["lisi", "ghost", "lisi", "zhangsan"],
  )
})

test("a crash between the parts of a text continues with the part that is missing", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_before", match: "二" })
  const parts = ["一", "二", "三"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const id = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000002"], parts })
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["一", "二", "三"])
  assert.deepEqual(await gateway.phone("lisi"), ["一", "二", "三"])
})

test("a million-recipient message cut off half-way reaches the rest, no one twice", async () => {
  await using gateway = await startDispatch({ simulator: { members: 3500 }, settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "hang_after", after: 2 })
  const users = Array.from({ length: 3500 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users: [...users, "M000001"] })
  await gateway.until(async () => (await gateway.calls()).length === 3)
  await gateway.crash()
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
  assert.equal((await gateway.calls()).length, 5)
  assert.equal((await gateway.stats())["recipients"], 3500)
})

test("P11: a crash during the token's renewal costs one more gettoken and no call", async () => {
  await using gateway = await startDispatch({ idle: true })
  const snapshot = at("token.after_reply", () => gateway.snapshot())
  const id = await gateway.post({ users: ["zhangsan"] })
  gateway.start()
  await gateway.outcome(id)
  await gateway.crashTo(await snapshot)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.calls("gettoken")).length, 2)
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("P12: recovery cut off again and again loses nothing and doubles nothing", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_after", times: 2 })
  const ids = [await gateway.post({ users: ["zhangsan"], text: "一" })]
  await gateway.until(() => isInFlight(gateway, ids[0] ?? ""))
  for (let n = 0; n < 2; n++) {
    await gateway.until(async () => (await gateway.calls()).length > n)
    await gateway.crash()
    ids.push(await gateway.post({ users: ["lisi"], text: String(n) }))
  }
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

// proves P14: again and again
test("P14: calls in flight at two crashes in a row are made one at a time from then on, and others wait for none of them", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_before", match: "毒", times: 5 })
  const suspects = [
    await gateway.post({ users: ["zhangsan"], text: "毒一" }),
    await gateway.post({ users: ["zhangsan"], text: "毒二" }),
  ]
  for (let crashes = 1; crashes <= 2; crashes++) {
    await gateway.until(async () => (await gateway.calls()).length === crashes * 2)
    await gateway.crash()
  }
  await gateway.until(async () => (await gateway.calls()).length === 5)
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["lisi"], text: "好" })), ["sent"])
  assert.equal((await gateway.calls()).length, 6, "the other suspect waits for the first")
  await gateway.crash()
  for (const suspect of suspects) assert.deepEqual(await gateway.outcome(suspect), ["sent"])
})

// proves 3.4: dispatch
test("P14: three more crashes while no other suspect is under way park it with a reason, and the others go out", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_before", match: "毒", times: 50 })
  const poison = await gateway.post({ users: ["zhangsan"], text: "毒" })
  for (let crashes = 1; crashes <= 5; crashes++) {
    await gateway.until(async () => (await gateway.calls()).length === crashes)
    await gateway.crash()
  }
  assert.deepEqual(await gateway.outcome(poison), ["in_doubt"])
  assert.equal((await gateway.recipients(poison))[0]?.reason, "crash_loop")
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["lisi"] })), ["sent"])
  assert.ok(gateway.log.some(({ fields }) => "reason" in fields && fields.reason === "crash_loop"))
})

test("a call without the check that was in flight at a crash is in doubt, and is not repeated", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU" }))
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ users: ["zhangsan"], text: "CPU" })
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.recipients(id))[0]?.reason, "no_check")
  assert.equal((await gateway.calls()).length, 2)
})

test("a crash that outlasted the check's window leaves the call in doubt", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  await gateway.dispatcher.stop(0)
  await gateway.advance(14_400 - 299)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.recipients(id))[0]?.reason, "answer_lost")
  assert.equal((await gateway.calls()).length, 1)
})

test("P13: a stop waits for the call in flight, and begins nothing", async () => {
  await using gateway = await startDispatch({ settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 200 })
  const first = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  const second = await gateway.post({ users: ["lisi"] })
  assert.equal(gateway.dispatcher.isRunning(), true)
  await gateway.dispatcher.stop(5000)
  assert.equal(gateway.dispatcher.isRunning(), false)
  assert.deepEqual(await gateway.states(first), ["sent"])
  assert.deepEqual(await gateway.states(second), ["pending"])
})

test("P13: a call that is still out when the stop's time is up is repeated after the restart", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  await gateway.dispatcher.stop(30)
  assert.deepEqual(await gateway.states(id), ["pending"])
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})
