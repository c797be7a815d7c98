import assert from "node:assert/strict"
import { test } from "node:test"
import type { RecipientView } from "../../model/ports/reader.ts"
import { startDispatch } from "../testing/start-dispatch.ts"

// proves A11: the rate of one person
test("A11: of 100 messages to one person none is dropped, 30 a minute go out, the others show until when they wait", async () => {
  await using gateway = await startDispatch()
  const ids = await Promise.all(
    Array.from({ length: 100 }, (_, n) => gateway.post({ users: ["zhangsan"], text: `${n}` })),
  )
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
  const waiting: RecipientView[] = []
  await gateway.until(async () => {
    waiting.length = 0
    for (const id of ids)
      waiting.push(...(await gateway.recipients(id)).filter(({ delayedUntil }) => delayedUntil !== undefined))
    return waiting.length === 70
  })
  assert.ok(waiting.every(({ delayedUntil = 0 }) => delayedUntil > gateway.clock.now()))
  for (let minute = 1; minute <= 3; minute++) {
    await gateway.advance(61)
    await gateway.until(
      async () => (await gateway.stats())["recipients"] === Math.min(100, 30 * (minute + 1)),
      `${minute}`,
    )
  }
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.stats())["dropped"], 0)
  assert.ok((gateway.throttled.get("member_rate") ?? 0) < 120, "no recipient is looked at again and again in vain")
})

test("a member at the limit goes into a later call, and the others do not wait", async () => {
  await using gateway = await startDispatch()
  const earlier = await Promise.all(
    Array.from({ length: 30 }, (_, n) => gateway.post({ users: ["ZhangSan"], text: `${n}` })),
  )
  for (const id of earlier) await gateway.outcome(id)
  const id = await gateway.post({ users: ["lisi", "zhangsan", "WangWu"] })
  await gateway.until(async () => (await gateway.states(id)).includes("sent"))
  assert.deepEqual(await gateway.states(id), ["sent", "pending", "sent"])
  const delayedUntil = (await gateway.recipients(id))[1]?.delayedUntil ?? 0
  assert.ok(delayedUntil > gateway.clock.now() && delayedUntil <= gateway.clock.now() + 60_001)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "sent"])
})

test("a message of high priority has its turn before those of bulk that have waited longer", async () => {
  await using gateway = await startDispatch()
  for (let n = 0; n < 60; n++) await gateway.post({ users: ["zhangsan"], text: `bulk ${n}`, priority: "bulk" })
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
  const urgent = await gateway.post({ users: ["zhangsan"], text: "urgent", priority: "high" })
  // Waits until they are marked as delayed and given back: a message still held at the end of the minute would get its turn
  // after the others.
  await gateway.until(async () => {
    const waiting = await gateway.stores.outbox.waiting("alerts", gateway.clock.now())
    return waiting.some(({ priority, dueAt }) => priority === "high" && (dueAt ?? 0) > gateway.clock.now())
  })
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(urgent), ["sent"])
  await gateway.until(async () => (await gateway.stats())["recipients"] === 60)
  assert.equal((await gateway.stats())["dropped"], 0)
})

// proves 3.5: the governor
test("departments, tags and everybody are paced each as one", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 2 } })
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.push(await gateway.post({ departments: [2], text: `${n}` }))
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.until(async () => (await gateway.recipients(ids[2] ?? ""))[0]?.delayedUntil !== undefined)
  assert.deepEqual(await gateway.outcome(await gateway.post({ tags: [1] })), ["sent"])
  await gateway.advance(61)
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 3.5: the governor
test("1,000 an hour hold as well", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 40, member_per_hour: 50 } })
  for (let n = 0; n < 60; n++) await gateway.post({ users: ["zhangsan"], text: `${n}` })
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30, "30")
  await gateway.advance(61)
  await gateway.until(async () => (await gateway.calls()).length === 50, "the fifty of this hour")
  await gateway.advance(61)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const sent = (await gateway.calls()).length
  assert.equal(sent, 50)
  await gateway.advance(3600)
  await gateway.until(async () => (await gateway.calls()).length === 60)
})

test("a call without the check that did not arrive waits for its turn like any other when it is repeated", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "equal" }))
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "equal", times: 3 })
  const repeated = await gateway.post({ users: ["zhangsan"], text: "equal" })
  const callsOf = async (text: string): Promise<number> =>
    (await gateway.calls()).filter(({ body }) => JSON.stringify(body).includes(text)).length
  for (let tried = 2; tried <= 4; tried++) {
    await gateway.until(async () => (await callsOf("equal")) === tried, `${tried}`)
    await gateway.advance(tried < 4 ? 61 : 590)
  }
  for (let n = 0; n < 30; n++) await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: `other ${n}` }))
  await gateway.advance(30)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(await callsOf("equal"), 4)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(repeated), ["sent"])
  assert.equal((await gateway.stats())["dropped"], 0)
})

test("a recipient of a repeated call without room in the member's minute has that reason, and it is written once", async () => {
  let written = 0
  let looks = 0
  await using gateway = await startDispatch({
    settings: { member_per_minute: 2 },
    wrap: (stores) => ({
      ...stores,
      outbox: {
        ...stores.outbox,
        openCalls: (id) => stores.outbox.openCalls(id).finally(() => looks++),
        delayCall: (...of) => stores.outbox.delayCall(...of).finally(() => written++),
      },
    }),
  })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "repeated", times: 3 })
  const id = await gateway.post({ users: ["zhangsan", "lisi"], text: "repeated" })
  const tried = async (): Promise<number> =>
    (await gateway.calls()).filter(({ body }) => JSON.stringify(body).includes("repeated")).length
  for (let times = 1; times <= 3; times++) {
    await gateway.until(async () => (await tried()) === times, `${times}`)
    await gateway.until(async () => (await gateway.recipients(id))[0]?.reason === "wecom_busy")
    await gateway.advance(times < 3 ? 61 : 590)
  }
  assert.equal(written, 0)
  for (const text of ["one", "two"]) await gateway.outcome(await gateway.post({ users: ["zhangsan"], text }))
  await gateway.advance(30)
  await gateway.until(() => written === 1)
  const now = gateway.clock.now()
  for (const { state, reason, delayedUntil = 0 } of await gateway.recipients(id)) {
    assert.deepEqual([state, reason], ["pending", "member_rate"])
    assert.ok(delayedUntil > now && delayedUntil <= now + 60_000)
  }
  // What the message waits for may have changed: it is checked, but nothing is written again.
  for (let times = 0; times < 3; times++) {
    const before = looks
    await gateway.stores.outbox.makeAppDue("alerts", gateway.clock.now())
    await gateway.until(() => looks > before)
  }
  assert.deepEqual([written, await tried()], [1, 3])
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal(written, 1)
})

test("a call that is to be repeated is counted before it waits for leave to send", async () => {
  let timesRead = 0
  await using gateway = await startDispatch({
    settings: { concurrent_calls: 1, member_per_minute: 2 },
    wrap: (stores) => ({
      ...stores,
      outbox: { ...stores.outbox, openCalls: (id) => stores.outbox.openCalls(id).finally(() => timesRead++) },
    }),
  })
  const callsTo = async (userid: string): Promise<number> =>
    (await gateway.calls()).filter(({ body }) => JSON.stringify(body).includes(userid)).length
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "zhangsan", times: 3 })
  const repeated = await gateway.post({ users: ["zhangsan"], text: "repeated" })
  for (let tried = 1; tried <= 3; tried++) {
    await gateway.until(async () => (await callsTo("zhangsan")) === tried, `${tried}`)
    await gateway.advance(tried < 3 ? 61 : 590)
  }
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 500, match: "lisi" })
  const ids = [repeated, await gateway.post({ users: ["lisi"], text: "in the way" })]
  await gateway.until(async () => (await callsTo("lisi")) === 1)
  const timesBefore = timesRead
  await gateway.advance(30)
  await gateway.until(() => timesRead > timesBefore, "the call to be read again")
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const text of ["one", "two"]) ids.push(await gateway.post({ users: ["zhangsan"], text }))
  await gateway.until(async () => (await callsTo("zhangsan")) === 5)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(await callsTo("zhangsan"), 5, "two of three in a minute")
  await gateway.advance(61)
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("what went out before a restart counts after it", async () => {
  await using gateway = await startDispatch()
  for (let n = 0; n < 30; n++) await gateway.post({ users: ["zhangsan"], text: `${n}` })
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
  await gateway.crash()
  const id = await gateway.post({ users: ["zhangsan"], text: "after" })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  assert.equal((await gateway.stats())["dropped"], 0)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("limits that are switched off hold no one back", async () => {
  await using gateway = await startDispatch({
    settings: { member_per_minute: null, member_per_hour: null },
    simulator: { settings: { limits: { member_per_minute: null } } },
  })
  for (let n = 0; n < 100; n++) await gateway.post({ users: ["zhangsan"], text: `${n}` })
  await gateway.until(async () => (await gateway.stats())["recipients"] === 100)
})
