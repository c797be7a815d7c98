import assert from "node:assert/strict"
import { channel } from "node:diagnostics_channel"
import { test } from "node:test"
import { everyFault, faulty } from "../../store/testing/faulty-store.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchOptions, DispatchUnderTest, Posted } from "../testing/start-dispatch.ts"

const TEXT = "磁盘 91%"

/** Messages wait when the dispatcher starts, and their numbers are known, so that all are ready at once. */
async function withWaiting(messages: readonly Posted[], options: DispatchOptions = {}) {
  const gateway = await startDispatch({ settings: { share_calls: true }, idle: true, ...options })
  const numbers = messages.flatMap(({ mobiles = [] }) => mobiles)
  if (numbers.length > 0) {
    gateway.start()
    for (const address of numbers) {
      await gateway.dispatcher.lookUp({ app: "alerts", type: "mobile", address, fresh: false })
    }
    await gateway.dispatcher.stop(0)
  }
  const ids: string[] = []
  for (const message of messages) ids.push(await gateway.post({ text: TEXT, ...message }))
  return { gateway, ids }
}

const [A, B, C] = [{ users: ["zhangsan"] }, { users: ["lisi"] }, { users: ["WangWu"] }] as const

async function outcomes(gateway: DispatchUnderTest, ids: readonly string[]): Promise<unknown[]> {
  return Promise.all(ids.map((id) => gateway.outcome(id)))
}

const touser = async (gateway: DispatchUnderTest): Promise<unknown[]> =>
  (await gateway.calls()).map(({ body }) => body["touser"])

/** How many people each call named. */
const peopleIn = async (gateway: DispatchUnderTest): Promise<number[]> =>
  (await touser(gateway)).map((names) => String(names).split("|").length)

test("equal messages travel in one call, and each tells of its own people", async () => {
  const messages = [
    { mobiles: ["13800000001", "13800000099"] },
    { users: ["lisi", "ghost"] },
    { users: ["unlicensed"], mobiles: ["13800000003"] },
  ]
  await using gateway = await startDispatch({ settings: { share_calls: true } })
  await gateway.outcome(await gateway.post({ mobiles: ["13800000001", "13800000003", "13800000099"] }))
  const before = (await gateway.calls()).length
  const ids = await Promise.all(messages.map((message) => gateway.post({ ...message, text: TEXT })))
  assert.deepEqual(await outcomes(gateway, ids), [
    ["sent", "not_found"],
    ["sent", "invalid"],
    ["unlicensed", "sent"],
  ])
  const calls = (await gateway.calls()).slice(before)
  assert.equal(calls.length, 1)
  assert.deepEqual(
    new Set(String(calls[0]?.body["touser"]).split("|")),
    new Set(["zhangsan", "lisi", "ghost", "unlicensed", "WangWu"]),
  )
  const rows = await Promise.all(ids.map((id) => gateway.recipients(id)))
  const msgids = rows.map((of) => of.find(({ state }) => state === "sent")?.msgid)
  assert.equal(new Set(msgids).size, 1)
  assert.equal(rows[1]?.[1]?.reason, "outside_visible_range")
  for (const id of ids) {
    assert.deepEqual(
      (await gateway.attempts(id)).map(({ call, number, errcode, result }) => [call, number, errcode, result]),
      [[1, 1, 0, "accepted"]],
    )
    assert.equal((await gateway.summary(id)).callCount, 1)
  }
  assert.equal(gateway.finished.get("sent"), 2 + 3)
})

test("an app does not share calls unless it is set to", async () => {
  const { gateway, ids } = await withWaiting([A, B, C], { settings: {} })
  await using _ = gateway
  gateway.start()
  await outcomes(gateway, ids)
  assert.equal((await gateway.calls()).length, 3)
})

test("two messages to one person are two copies, shared calls or not", async () => {
  const { gateway, ids } = await withWaiting([A, { users: ["ZHANGSAN", "lisi"] }, B])
  await using _ = gateway
  gateway.start()
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent", "sent"], ["sent"]])
  assert.deepEqual(await gateway.phone("zhangsan"), [TEXT, TEXT])
  assert.deepEqual(await gateway.phone("lisi"), [TEXT, TEXT])
  assert.equal((await gateway.calls()).length, 2)
})

for (const [what, other] of [
  ["another text", { text: "磁盘 92%" }],
  ["another priority", { priority: "high" }],
  ["an order key", { orderKey: "deploy" }],
  ["a department", { departments: [3] }],
  ["the caller's own duplicate check", { duplicateCheck: { by: "caller", intervalSeconds: 60 } }],
  ["another app", { app: "hr" }],
  [
    "several parts",
    { parts: [1, 2].map((n) => JSON.stringify({ msgtype: "text", text: { content: `${TEXT}${n}` } })) },
  ],
] as const) {
  test(`a message with ${what} has a call of its own`, async () => {
    const { gateway, ids } = await withWaiting([A, { ...B, ...other }, C])
    await using _ = gateway
    gateway.start()
    for (const states of await outcomes(gateway, ids)) assert.deepEqual(new Set(states as string[]), new Set(["sent"]))
    const together = (await touser(gateway)).filter((names) => String(names).includes("zhangsan"))
    assert.deepEqual(together, ["zhangsan|WangWu"])
  })
}

test("a hundred messages at most share a call", async () => {
  const users = Array.from({ length: 120 }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)
  const { gateway, ids } = await withWaiting(
    users.map((user) => ({ users: [user] })),
    { simulator: { members: 200 } },
  )
  await using _ = gateway
  gateway.start()
  for (const states of await outcomes(gateway, ids)) assert.deepEqual(states, ["sent"])
  const sizes = (await touser(gateway)).map((names) => String(names).split("|").length)
  assert.equal(Math.max(...sizes), 100)
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    120,
  )
})

/** `count` members of the simulator, beginning with number `from`. */
const members = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, n) => `m${String(from + n + 1).padStart(6, "0")}`)

for (const [count, shares] of [
  [100, true],
  [101, false],
] as const) {
  test(`a message to ${count} members ${shares ? "shares its call" : "has a call of its own"}`, async () => {
    const messages = [{ users: members(1, 200) }, { users: members(count) }, { users: members(1, 201) }]
    const { gateway, ids } = await withWaiting(messages, { simulator: { members: 202 } })
    await using _ = gateway
    gateway.start()
    for (const states of await outcomes(gateway, ids)) assert.deepEqual(new Set(states as string[]), new Set(["sent"]))
    assert.deepEqual(
      (await peopleIn(gateway)).toSorted((a, b) => a - b),
      shares ? [102] : [2, 101],
    )
  })
}

test("a thousand members at most share a call", async () => {
  const messages = Array.from({ length: 11 }, (_, n) => ({ users: members(100, 100 * n) }))
  const { gateway, ids } = await withWaiting(messages, { simulator: { members: 1100 } })
  await using _ = gateway
  gateway.start()
  for (const states of await outcomes(gateway, ids)) assert.deepEqual(new Set(states as string[]), new Set(["sent"]))
  assert.deepEqual(
    (await peopleIn(gateway)).toSorted((a, b) => a - b),
    [100, 1000],
  )
})

test("equal cards have calls of their own, since a change of one reaches all that its call went to", async () => {
  const card = {
    card_type: "text_notice",
    main_title: { title: "t" },
    card_action: { type: 1, url: "https://example.com" },
  }
  const parts = [JSON.stringify({ msgtype: "template_card", template_card: card })]
  const { gateway, ids } = await withWaiting([A, B].map((one) => ({ ...one, msgtype: "template_card", parts })))
  await using _ = gateway
  gateway.start()
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"]])
  assert.equal((await gateway.calls()).length, 2)
})

test("what shared a call is halved by its members, not by its messages", async () => {
  const messages = [{ users: members(6) }, { users: members(1, 6) }, { users: [...members(2, 7), "bad"] }]
  const { gateway, ids } = await withWaiting(messages, { simulator: { members: 9 } })
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match: "bad", times: 99 })
  gateway.start()
  const [first, second, third] = await outcomes(gateway, ids)
  assert.deepEqual([new Set(first as string[]), second], [new Set(["sent"]), ["sent"]])
  assert.deepEqual(third, ["sent", "sent", "invalid"])
  assert.deepEqual(await peopleIn(gateway), [10, 5, 5, 3, 2, 1, 1])
  for (const person of members(9)) assert.equal((await gateway.phone(person)).length, 1, person)
})

test("of a shared call by which nothing gets through the largest half that waits goes next, once one is refused alone", async () => {
  const { gateway, ids } = await withWaiting([{ users: members(4) }, { users: members(4, 4) }], {
    simulator: { members: 8 },
  })
  await using _ = gateway
  const [, good = ""] = members(2, 6)
  for (const match of members(7)) {
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match, times: 99 })
  }
  gateway.start()
  await outcomes(gateway, ids)
  assert.equal((await gateway.phone(good)).length, 1)
  assert.deepEqual((await peopleIn(gateway)).slice(0, 5), [8, 4, 2, 1, 4])
})

/** Three messages to seventy members each, all of whom WeCom refuses, and one message to good members. */
async function refused(good: readonly string[]): Promise<{ readonly calls: number; readonly became: object }> {
  const messages = [0, 70, 140].map((from) => ({ users: members(70, from) }))
  const all = good.length > 0 ? [{ users: good }, ...messages] : messages
  const { gateway, ids } = await withWaiting(all, { simulator: { members: 211 } })
  await using _ = gateway
  for (const match of members(210)) {
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match, times: 9999 })
  }
  gateway.start()
  await outcomes(gateway, ids)
  const rows = (await Promise.all(ids.map((id) => gateway.recipients(id)))).flat()
  const became = Object.groupBy(rows, ({ state, reason = "" }) => `${state} ${reason}`.trim())
  return {
    calls: (await gateway.calls()).length,
    became: Object.fromEntries(Object.entries(became).map(([what, of = []]) => [what, of.length])),
  }
}

test("when none of a shared call gets through each is refused alone", async () => {
  assert.deepEqual(await refused([]), {
    calls: 419,
    became: { "invalid refused_alone": 210 },
  })
})

test("when one recipient of a shared call has got through, each of the others is refused alone, however many they are", async () => {
  const { calls, became } = await refused(members(1, 210))
  assert.deepEqual(became, { sent: 1, "invalid refused_alone": 210 })
  assert.equal(calls, 421)
})

test("a message that shared a call cannot be recalled, and nothing of it is cancelled", async () => {
  const { gateway, ids } = await withWaiting([A, B])
  await using _ = gateway
  gateway.start()
  await outcomes(gateway, ids)
  for (const id of ids) assert.deepEqual(await gateway.dispatcher.recall(id), { kind: "shared_call" })
  assert.equal((await gateway.calls("message/recall")).length, 0)
  const alone = await gateway.post({ ...C, text: "allein" })
  await gateway.outcome(alone)
  assert.equal((await gateway.dispatcher.recall(alone)).kind, "recalled")
})

test("a shared call refused for one person is halved until that one is alone", async () => {
  const { gateway, ids } = await withWaiting([A, B, C, { users: ["007"] }, { users: ["outsider", "unlicensed"] }])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match: "outsider", times: 99 })
  gateway.start()
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"], ["sent"], ["sent"], ["invalid", "unlicensed"]])
  assert.equal((await gateway.recipients(ids[4] ?? ""))[0]?.reason, "refused_alone")
  assert.ok((await gateway.calls()).length <= 7, "shared calls stay shared as long as they can")
  for (const person of ["zhangsan", "lisi", "WangWu", "007"]) assert.equal((await gateway.phone(person)).length, 1)
})

test("a lost answer is in doubt for all of them, and the same bytes go out again, once shown", async () => {
  const { gateway, ids } = await withWaiting([A, B, { users: ["ghost"], mobiles: ["13800000003"] }])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "reset_after" })
  gateway.start()
  for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(2)
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"], ["invalid", "sent"]])
  const calls = await gateway.calls()
  assert.equal(calls.length, 2)
  assert.equal(calls[0]?.sha256, calls[1]?.sha256)
  for (const person of ["zhangsan", "lisi", "WangWu"]) assert.equal((await gateway.phone(person)).length, 1)
})

test("past the check's window all of them are in doubt, with the reason", async () => {
  const { gateway, ids } = await withWaiting([A, B])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "reset_after", times: 999 })
  gateway.start()
  for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.dispatcher.stop(100)
  await gateway.advance(14_400 - 299)
  gateway.start()
  assert.deepEqual(await outcomes(gateway, ids), [["in_doubt"], ["in_doubt"]])
  for (const id of ids) assert.equal((await gateway.recipients(id))[0]?.reason, "answer_lost")
  assert.equal((await gateway.calls()).length, 1)
})

test("an equal shared body goes without the check, and is not repeated when its answer is lost", async () => {
  const { gateway, ids } = await withWaiting([A, B])
  await using _ = gateway
  gateway.start()
  await outcomes(gateway, ids)
  await gateway.fault({ path: "message/send", kind: "reset_after" })
  const again = await Promise.all([gateway.post({ ...A, text: TEXT }), gateway.post({ ...B, text: TEXT })])
  const states = await outcomes(gateway, again)
  const calls = await gateway.calls()
  assert.equal(calls.length, 2)
  assert.equal(calls[1]?.body["enable_duplicate_check"], undefined)
  assert.deepEqual(states, [["in_doubt"], ["in_doubt"]])
  for (const id of again) assert.equal((await gateway.recipients(id))[0]?.reason, "no_check")
})

test("P7: a shared call in flight at a crash is repeated byte for byte, and each message has its outcome", async () => {
  const { gateway, ids } = await withWaiting([
    { mobiles: ["13800000001"] },
    { users: ["ghost"], mobiles: ["13800000002", "13800000003"] },
  ])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "hang_after" })
  gateway.start()
  await gateway.until(async () => (await gateway.calls()).length === 1)
  await gateway.crash()
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["invalid", "sent", "sent"]])
  const [first, second] = await gateway.calls()
  assert.equal(first?.sha256, second?.sha256)
  assert.equal((await gateway.calls()).length, 2)
  const people = await Promise.all(ids.map(async (id) => (await gateway.recipients(id)).map(({ userid }) => userid)))
  assert.deepEqual(people, [["zhangsan"], ["ghost", "lisi", "WangWu"]])
  assert.equal((await gateway.phone("lisi")).length, 1)
})

test("P8: an answer that was read and not stored comes to the same outcomes after the repeat", async () => {
  const { gateway, ids } = await withWaiting([A, { users: ["ghost", "lisi"] }])
  await using _ = gateway
  await gateway.settings({ duplicate_answer: "same_msgid" })
  const points = channel("wecom-push:point")
  const snapshot = Promise.withResolvers<ReturnType<DispatchUnderTest["snapshot"]>>()
  const onPoint = (message: unknown): void => {
    if ((message as { point: string }).point !== "settle.before_commit") return
    points.unsubscribe(onPoint)
    snapshot.resolve(gateway.snapshot())
  }
  points.subscribe(onPoint)
  gateway.start()
  await outcomes(gateway, ids)
  const before = await Promise.all(ids.map((id) => gateway.recipients(id)))
  await gateway.crashTo(await snapshot.promise)
  await outcomes(gateway, ids)
  const after = await Promise.all(ids.map((id) => gateway.recipients(id)))
  const essence = (rows: typeof before) =>
    rows.flat().map(({ state, userid, msgid, reason }) => ({ state, userid, msgid, reason }))
  assert.deepEqual(essence(after), essence(before))
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("P14: a shared call that was in flight at crash after crash is parked for all its messages", async () => {
  const { gateway, ids } = await withWaiting([A, B])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "hang_before", match: "91", times: 50 })
  gateway.start()
  for (let crashes = 1; crashes <= 5; crashes++) {
    await gateway.until(async () => (await gateway.calls()).length === crashes)
    await gateway.crash()
  }
  assert.deepEqual(await outcomes(gateway, ids), [["in_doubt"], ["in_doubt"]])
  for (const id of ids) assert.equal((await gateway.recipients(id))[0]?.reason, "crash_loop")
})

for (const [which, cancelled, left] of [
  ["the first", 0, 1],
  ["another", 1, 0],
] as const) {
  test(`while a shared call waits for its next try, ${which} of its messages can be cancelled, and the rest continues`, async () => {
    const { gateway, ids } = await withWaiting([A, B])
    await using _ = gateway
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 3 })
    gateway.start()
    for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
    const outcome = await gateway.dispatcher.cancel(ids[cancelled] ?? "")
    assert.equal(outcome.kind, "cancelled")
    await gateway.control("DELETE", "faults")
    await gateway.advance(61)
    assert.deepEqual(await gateway.outcome(ids[left] ?? ""), ["sent"])
    assert.deepEqual(await gateway.states(ids[cancelled] ?? ""), ["cancelled"])
    const calls = await gateway.calls()
    assert.equal(calls.at(-1)?.body["touser"], [A, B][left]?.users[0])
    assert.deepEqual(await gateway.phone([A, B][cancelled]?.users[0] ?? ""), [])
  })

  test(`while a shared call is in doubt, ${which} of its messages cannot be cancelled, and is said not to be`, async () => {
    const { gateway, ids } = await withWaiting([A, B])
    await using _ = gateway
    await gateway.fault({ path: "message/send", kind: "reset_after" })
    gateway.start()
    for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    assert.deepEqual(await gateway.dispatcher.cancel(ids[cancelled] ?? ""), {
      kind: "shared_call",
      recipients: 0,
    })
    await gateway.advance(61)
    assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"]])
  })

  test(`while a shared call waits for a paused app, ${which} of its messages may expire, and the rest continues`, async () => {
    const messages = [A, B].map((one, index) => ({
      ...one,
      ...(index === cancelled && { expiresAt: Date.now() + 600_000 }),
    }))
    const { gateway, ids } = await withWaiting(messages)
    await using _ = gateway
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 999 })
    gateway.start()
    for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
    for (const id of ids) assert.equal((await gateway.summary(id)).problem?.code, "app_paused")
    await gateway.advance(700)
    await gateway.until(async () => (await gateway.states(ids[cancelled] ?? ""))[0] === "expired")
    await gateway.control("DELETE", "faults")
    await gateway.until(async () => {
      await gateway.advance(61)
      return (await gateway.states(ids[left] ?? ""))[0] === "sent"
    })
    assert.deepEqual(await gateway.phone([A, B][cancelled]?.users[0] ?? ""), [])
  })
}

test("a message expired while its shared call is in doubt has the outcome of the repeat", async () => {
  const messages = [A, { ...B, expiresAt: Date.now() + 600_000 }]
  const { gateway, ids } = await withWaiting(messages)
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "reset_after", times: 2 })
  gateway.start()
  for (const id of ids) await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(700)
  await gateway.until(async () => (await gateway.calls()).length >= 2)
  await gateway.advance(60)
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"]])
  assert.equal((await gateway.phone("lisi")).length, 1)
})

test("a remembered number whose owner has left is asked anew, whatever call it was in", async () => {
  const { gateway, ids } = await withWaiting([A, { mobiles: ["13800000007"] }])
  await using _ = gateway
  gateway.start()
  await outcomes(gateway, ids)
  const org = (await gateway.control("GET", "org")) as { members: { userid: string; mobile?: string }[] }
  org.members = org.members.filter(({ userid }) => userid !== "007")
  org.members.push({ ...org.members[0], userid: "neu", mobile: "13800000007", email: "neu@example.com" } as never)
  await gateway.control("PUT", "org", org)
  const next = await Promise.all([
    gateway.post({ ...A, text: "neu" }),
    gateway.post({ mobiles: ["13800000007"], text: "neu" }),
  ])
  assert.deepEqual(await outcomes(gateway, next), [["sent"], ["sent"]])
  assert.equal((await gateway.recipients(next[1] ?? ""))[0]?.userid, "neu")
})

test("members are kept inside their limits in shared calls too", async () => {
  const { gateway, ids } = await withWaiting([A, B], { settings: { share_calls: true, member_per_minute: 1 } })
  await using _ = gateway
  gateway.start()
  await outcomes(gateway, ids)
  const id = await gateway.post({ users: ["lisi"], text: "noch eins" })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  await gateway.crash()
  const after = await gateway.post({ users: ["lisi"], text: "nach dem Neustart" })
  await gateway.until(async () => (await gateway.recipients(after))[0]?.delayedUntil !== undefined)
})

test("45009 holds all messages of a shared call, and shows until when", async () => {
  const { gateway, ids } = await withWaiting([A, B])
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009 })
  gateway.start()
  for (const id of ids) await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  await gateway.advance(61)
  assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["sent"]])
  assert.equal((await gateway.calls()).length, 2)
})

for (const seed of [1, 2, 3]) {
  test(`shared calls through lost answers, refusals and crashes (seed ${seed}): no one gets a message twice, and those reported as sent have it`, async () => {
    const random = randomFrom(seed)
    const users = Array.from({ length: 40 }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)
    await using gateway = await startDispatch({
      settings: { share_calls: true, concurrent_calls: 3 },
      simulator: { members: 40 },
    })
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match: "bad", times: 9999 })
    const kinds = [
      { kind: "reset_after" },
      { kind: "reset_before" },
      { kind: "errcode", errcode: -1 },
      { kind: "slow", delay_ms: 30 },
    ]
    const ids: string[] = []
    for (let round = 0; round < 6; round++) {
      for (const kind of kinds) await gateway.fault({ path: "message/send", after: Math.floor(random() * 3), ...kind })
      const posted = users.map((user, n) =>
        gateway.post({ users: n % 13 === 0 ? [user, "bad"] : [user], text: `Runde ${round}`, id: `msg_${round}_${n}` }),
      )
      ids.push(...(await Promise.all(posted)))
      await new Promise((resolve) => setTimeout(resolve, random() * 80))
      await gateway.crash()
    }
    let before = ""
    for (let n = 0; n < 60;) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      const summaries = await Promise.all(ids.map((id) => gateway.summary(id)))
      const left = summaries.filter(({ finishedAt }) => finishedAt === undefined).length
      if (left === 0) break
      const now = `${left} left after ${(await gateway.stats())["calls"]} calls`
      // The clock is not moved while messages still go out, even on a slow machine.
      if (now === before) await gateway.advance(n++ % 10 === 9 ? 601 : 61)
      before = now
    }
    const shown = new Map<string, readonly string[]>()
    for (const user of users) shown.set(user, await gateway.phone(user))
    for (const id of ids) {
      const [first, ...bad] = await gateway.recipients(id)
      const copies = shown.get(first?.address ?? "")?.filter((text) => text === `Runde ${id.split("_")[1]}`).length
      assert.ok((copies ?? 0) <= 1, `${id} ${copies}`)
      // Equal bodies are sent without the check, and are not repeated after a crash during the call.
      assert.ok(first?.state === "sent" ? copies === 1 : first?.reason === "no_check", `${id} ${first?.state}`)
      assert.ok(bad.every(({ state, reason }) => state === "invalid" || reason === "no_check"))
    }
    assert.ok((await gateway.calls()).length < ids.length)
  })
}

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

for (const fault of [
  ...everyFault(["begin", "settle", "release", "openCalls"], 3),
  ...everyFault(["update", "chunks"], 1),
]) {
  test(`a shared call survives ${fault.method} failing ${fault.when} its ${fault.call}. time`, async () => {
    const { gateway, ids } = await withWaiting(
      [A, { users: ["ghost", "lisi"] }, { mobiles: ["13800000003", "13800000099"] }],
      {
        wrap: (stores) => ({ ...stores, outbox: faulty(stores.outbox, [fault]) }),
      },
    )
    await using _ = gateway
    await gateway.fault({ path: "message/send", kind: "reset_after" })
    gateway.start()
    // On a busy machine a try takes many of these rounds; after four hours it would stay in doubt.
    for (let n = 0; n < 150; n++) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      const summaries = await Promise.all(ids.map((id) => gateway.summary(id)))
      if (summaries.every(({ finishedAt }) => finishedAt !== undefined)) break
      await gateway.advance(n < 5 ? 1 : 61)
    }
    assert.deepEqual(await outcomes(gateway, ids), [["sent"], ["invalid", "sent"], ["sent", "not_found"]])
    for (const person of ["zhangsan", "lisi", "WangWu"]) assert.equal((await gateway.phone(person)).length, 1, person)
  })
}
