import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import type { FrozenCall } from "../../model/ports/outbox.ts"
import { PARTY, HOUR_MS, NOON } from "../../store/testing/build.ts"
import { endCallsOfOther, readOpenCalls, updatesFor } from "./recover-calls.ts"
import { aFrozenCall, OneMessage } from "../testing/one-message.ts"
import type { OneMessageOptions } from "../testing/one-message.ts"

const REPEATED_FOR_MS = 4 * HOUR_MS - 300_000

/** A message to two members, with these calls. */
async function read(calls: readonly FrozenCall[], options: OneMessageOptions = {}) {
  const one = new OneMessage({ to: ["zhangsan", "lisi"], ...options })
  for (const chunk of one.outbox.chunksNow) chunk.types.fill("user")
  one.outbox.open.set("msg_1", calls)
  const open = await readOpenCalls(one.run)
  return { one, open }
}

const IN_DOUBT = { mayHaveArrived: true } as const

test("a call that waits is listed with its bytes, and whom they name", async () => {
  const call = aFrozenCall({ positions: [1], body: JSON.stringify({ touser: "lisi", agentid: Number(PARTY.partyId) }) })
  const { one, open } = await read([call])
  const [only, ...others] = open
  assert.deepEqual(others, [])
  assert.equal(only?.call, call)
  assert.equal(only.body, call.body)
  assert.deepEqual(
    only.targets.map(({ kind, id, positions }) => [kind, id, positions]),
    [["user", "lisi", [1]]],
  )
  assert.deepEqual(only.shares, [])
  assert.deepEqual([one.outbox.updates, one.outbox.settled], [[], []])
})

test("people of several chunks are read from theirs", async () => {
  const one = new OneMessage()
  const [chunk = assert.fail()] = one.outbox.chunksNow
  one.outbox.chunksNow.push(
    { ...chunk, index: 1, types: ["user"], addresses: ["b"] },
    { ...chunk, index: 2, types: ["user"], addresses: ["c"] },
  )
  const body = JSON.stringify({ touser: "b|c", agentid: Number(PARTY.partyId) })
  one.outbox.open.set("msg_1", [aFrozenCall({ body, positions: [1000, 2000] })])
  const [open] = await readOpenCalls(one.run)
  assert.deepEqual(
    open?.targets.map(({ id, positions }) => [id, positions]),
    [
      ["b", [1000]],
      ["c", [2000]],
    ],
  )
})

test("the store has followed the clock before calls are read", async () => {
  const one = new OneMessage()
  const order: string[] = []
  let jumps = 0
  one.clock.onJump(() => jumps++)
  one.machine.jump(HOUR_MS)
  one.deps.hasFollowed = async () => {
    order.push(`followed ${jumps}`)
  }
  one.outbox.openCalls = async () => {
    order.push("read")
    return []
  }
  await readOpenCalls(one.run)
  assert.deepEqual(order, ["followed 1", "read"])
})

// proves 29.badday: a clock set while a node hangs
test("29.badday: calls are read again when the clock was set while they were read", async () => {
  for (const byMs of [-48 * HOUR_MS, 48 * HOUR_MS]) {
    const one = new OneMessage({ to: ["zhangsan", "lisi"] })
    for (const chunk of one.outbox.chunksNow) chunk.types.fill("user")
    let isFollowed = false
    // As after a pause of the process, which reads the clock only after it.
    one.deps.hasFollowed = async () => {
      isFollowed = one.clock.setByMs !== 0
    }
    one.outbox.openCalls = async () => {
      if (!isFollowed) one.machine.jump(byMs)
      return [aFrozenCall({ firstTryAt: isFollowed ? NOON + byMs : NOON, ...IN_DOUBT })]
    }
    const [open] = await readOpenCalls(one.run)
    assert.equal(open?.call.firstTryAt, NOON + byMs)
    assert.deepEqual([one.outbox.updates, one.log], [[], []])
  }
})

/** The reasons that end a call, and the states of its recipients then. */
const ENDS: readonly (readonly [string, Partial<FrozenCall>, string, string])[] = [
  ["its bytes are damaged and it may have arrived", { body: undefined, ...IN_DOUBT }, "in_doubt", "body_damaged"],
  ["its bytes are damaged", { body: undefined }, "failed", "body_damaged"],
  ["it may have arrived without the check", { checkSeconds: null, ...IN_DOUBT }, "in_doubt", "no_check"],
  ["it may have arrived as another agent", { body: '{"agentid":1}', ...IN_DOUBT }, "in_doubt", "answer_lost"],
  ["it is unknown how long ago", { firstTryAt: NOON + 1001, ...IN_DOUBT }, "in_doubt", "answer_lost"],
  ["the process died five times with it", { crashes: 5, ...IN_DOUBT }, "in_doubt", "crash_loop"],
  ["its time to be repeated is over", { firstTryAt: NOON - REPEATED_FOR_MS, ...IN_DOUBT }, "in_doubt", "answer_lost"],
]

for (const [title, changes, state, reason] of ENDS) {
  test(`a call is not tried any more: ${title}`, async () => {
    const { one, open } = await read([aFrozenCall({ number: 3, positions: [0, 1], ...changes })])
    assert.deepEqual(open, [])
    const update = { chunk: 0, slots: [0, 1], from: ["pending"], state, call: 3, detail: { reason } }
    assert.deepEqual(one.outbox.updates, [{ messageId: "msg_1", at: NOON, abandonCalls: [3], updates: [update] }])
    assert.deepEqual(one.finished, [["alerts", state, 2]])
    assert.deepEqual(
      one.log.map(({ level, fields }) => [level, fields]),
      [["warn", { app: "alerts", message: "msg_1", call: 3, reason }]],
    )
  })
}

test("of a later part the reason says which", async () => {
  const call = aFrozenCall({ part: 1, crashes: 5, ...IN_DOUBT })
  const { one } = await read([call], { parts: ["{}", "{}", "{}"] })
  assert.deepEqual(one.outbox.updates[0]?.updates[0]?.detail, { reason: "part_2_of_3_crash_loop" })
})

for (const [title, changes] of [
  ["the clocks of two machines differ by a second", { firstTryAt: NOON + 1000, ...IN_DOUBT }],
  ["the process died four times with it", { crashes: 4, ...IN_DOUBT }],
  ["a moment is left to repeat it", { firstTryAt: NOON - REPEATED_FOR_MS + 1, ...IN_DOUBT }],
  ["without the check it did not arrive", { checkSeconds: null }],
  ["it did not arrive at five crashes", { crashes: 5 }],
  ["it did not arrive long ago", { firstTryAt: NOON - 9 * HOUR_MS }],
] as const) {
  test(`a call is tried again: ${title}`, async () => {
    const { one, open } = await read([aFrozenCall(changes)])
    assert.equal(open.length, 1)
    assert.deepEqual(one.outbox.updates, [])
  })
}

for (const body of ['{"touser":"zhangsan","agentid":1000003}', '{"touser":"zhangsan"}', "null", "7"]) {
  test(`of a call that did not arrive, of another agent, the people go into other calls: ${body}`, async () => {
    const { one, open } = await read([aFrozenCall({ number: 2, body })])
    assert.deepEqual(open, [])
    assert.deepEqual(one.outbox.updates, [{ messageId: "msg_1", at: NOON, closeCalls: [2], updates: [] }])
    assert.deepEqual([one.finished, one.log], [[], []])
  })
}

test("one call that ends does not keep the others from being listed", async () => {
  const calls = [aFrozenCall({ body: undefined }), aFrozenCall({ number: 2, body: '{"agentid":1}' })]
  const { open } = await read([...calls, aFrozenCall({ number: 3 })])
  assert.deepEqual(
    open.map(({ call }) => call.number),
    [3],
  )
})

test("a call that is in flight although no worker makes it, and whose bytes never left, is tried anew at once", async () => {
  const call = aFrozenCall({ phase: "in_flight", attempts: 2, retryAt: NOON + 60_000 })
  const { one, open } = await read([call])
  const settlement = {
    messageId: "msg_1",
    number: 1,
    attempt: 2,
    finishedAt: NOON,
    result: "not_sent",
    final: false,
    spent: false,
    updates: [],
  }
  assert.deepEqual(one.outbox.settled, [[settlement]])
  assert.deepEqual(open[0]?.call, { ...call, phase: "waiting", mayHaveArrived: false, retryAt: undefined })
})

test("one whose bytes left, and whose outcome could not be stored, is in doubt", async () => {
  const one = new OneMessage()
  one.deps.unsettled.add("msg_1/1")
  one.deps.unsettled.add("msg_1/2")
  one.outbox.open.set("msg_1", [aFrozenCall({ phase: "in_flight" })])
  const [open] = await readOpenCalls(one.run)
  assert.equal(one.outbox.settled[0]?.[0]?.result, "in_doubt")
  assert.equal(open?.call.mayHaveArrived, true)
  assert.deepEqual([...one.deps.unsettled], ["msg_1/2"])
})

test("one that may have arrived before is in doubt still, although these bytes never left", async () => {
  const { one, open } = await read([aFrozenCall({ phase: "in_flight", ...IN_DOUBT })])
  assert.equal(one.outbox.settled[0]?.[0]?.result, "not_sent")
  assert.equal(open[0]?.call.mayHaveArrived, true)
})

test("that is stored for sure before anything else is done", async () => {
  const one = new OneMessage()
  one.outbox.open.set("msg_1", [aFrozenCall({ phase: "in_flight" })])
  one.outbox.onSettle = () => Promise.reject(new StorageError("storage_closed"))
  one.deps.unsettled.add("msg_1/1")
  await assert.rejects(readOpenCalls(one.run), StorageError)
  assert.deepEqual([...one.deps.unsettled], ["msg_1/1"])
})

const SHARES = [{ messageId: "msg_2", number: 4 }]

/** A call that two messages share. */
async function readShared(call: Partial<FrozenCall>, share: Partial<FrozenCall> = {}) {
  const one = new OneMessage({ to: ["zhangsan"] })
  for (const chunk of one.outbox.chunksNow) chunk.types.fill("user")
  const partOf = { messageId: "msg_1", number: 1 }
  const theirs = aFrozenCall({ messageId: "msg_2", number: 4, partOf, body: '{"touser":"zhangsan"}', ...share })
  one.outbox.open.set("msg_2", [aFrozenCall({ messageId: "msg_2", number: 3 }), theirs])
  one.outbox.open.set("msg_1", [aFrozenCall({ shares: SHARES, ...call })])
  const open = await readOpenCalls(one.run)
  return { one, open }
}

test("a shared call is listed with what other messages have in it", async () => {
  const { open } = await readShared({})
  assert.deepEqual(
    open[0]?.shares.map(({ messageId, number, targets }) => [messageId, number, targets.map(({ id }) => id)]),
    [["msg_2", 4, ["zhangsan"]]],
  )
})

test("a share that is over, or damaged, is left out", async () => {
  assert.deepEqual((await readShared({}, { number: 5 })).open[0]?.shares, [])
  assert.deepEqual((await readShared({}, { body: undefined })).open[0]?.shares, [])
})

test("a shared call that no worker makes is settled for each message in one commit", async () => {
  const { one } = await readShared({ phase: "in_flight", attempts: 3 })
  assert.deepEqual(
    one.outbox.settled.map((settlements) =>
      settlements.map(({ messageId, number, attempt }) => [messageId, number, attempt]),
    ),
    [
      [
        ["msg_1", 1, 3],
        ["msg_2", 4, 3],
      ],
    ],
  )
})

test("when a shared call ends, those who share it end before its own message does", async () => {
  const { one } = await readShared({ crashes: 5, ...IN_DOUBT })
  assert.deepEqual(
    one.outbox.updates.map(({ messageId, abandonCalls, updates }) => [messageId, abandonCalls, updates[0]?.slots]),
    [
      ["msg_2", [4], [0]],
      ["msg_1", [1], [0]],
    ],
  )
  assert.deepEqual(
    one.outbox.updates.map(({ updates }) => updates[0]?.call),
    [4, 1],
  )
  assert.deepEqual(
    one.finished,
    Array.from({ length: 2 }, () => ["alerts", "in_doubt", 1]),
  )
})

test("a message with a share in another's call leaves that call alone, whatever has happened to it", async () => {
  const partOf = { messageId: "msg_0", number: 1 }
  const { one, open } = await read([
    aFrozenCall({ partOf, phase: "in_flight" }),
    aFrozenCall({ number: 2, partOf, body: '{"touser":"zhangsan"}', crashes: 5, ...IN_DOUBT }),
  ])
  assert.deepEqual(
    open.map(({ call }) => [call.number, call.phase]),
    [
      [1, "in_flight"],
      [2, "waiting"],
    ],
  )
  assert.deepEqual([one.outbox.settled, one.outbox.updates], [[], []])
})

test("a damaged share ends on this side alone", async () => {
  const { one } = await read([aFrozenCall({ partOf: { messageId: "msg_0", number: 1 }, body: undefined })])
  assert.deepEqual(one.outbox.updates[0]?.abandonCalls, [1])
})

/** A robot's message in two parts; in three parts for recipients who get it from the app that `else` names. */
const TWO_APPS = { parts: ["{}", "{}"], otherwise: { app: "hr", msgtype: "text", parts: ["{}", "{}", "{}"] } } as const
const ROBOTS = { kind: "smart_robot", part: 1, checkSeconds: null, ...IN_DOUBT } as const

// proves 32.else: never after one in doubt
test("of a message of two apps the robot's turn ends the robot's calls alone, by its own parts", async () => {
  const { one, open } = await read([aFrozenCall(ROBOTS), aFrozenCall({ number: 2, body: undefined })], TWO_APPS)
  assert.deepEqual(open, [])
  assert.deepEqual(
    one.outbox.updates.map(({ abandonCalls, updates }) => [abandonCalls, updates[0]?.detail]),
    [[[1], { reason: "part_2_of_2_no_check" }]],
  )
})

// proves 32.else: its app is removed
test("once the app that `else` names is removed its calls end: in doubt if they may have arrived; no other call does", async () => {
  const one = new OneMessage({ to: ["zhangsan"], ...TWO_APPS })
  const ofOther = { part: 1, ...IN_DOUBT }
  one.outbox.open.set("msg_1", [
    aFrozenCall(ROBOTS),
    aFrozenCall({ number: 2, ...ofOther }),
    aFrozenCall({ number: 3 }),
    aFrozenCall({ number: 4, ...ofOther, partOf: { messageId: "msg_0", number: 1 } }),
  ])
  await endCallsOfOther(one.run)
  assert.deepEqual(
    one.outbox.updates.map(({ abandonCalls, closeCalls, updates }) => [abandonCalls, closeCalls, updates[0]?.detail]),
    [
      [[2], undefined, { reason: "part_2_of_3_answer_lost" }],
      [undefined, [3], undefined],
    ],
  )
})

test("a change of recipients is one for each chunk", () => {
  const change = { state: "in_doubt", call: 1 } as const
  assert.deepEqual(updatesFor([999, 1000, 3, 1001], change), [
    { chunk: 0, slots: [999, 3], from: ["pending"], ...change },
    { chunk: 1, slots: [0, 1], from: ["pending"], ...change },
  ])
})
