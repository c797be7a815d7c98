import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import type { ApiAnswer } from "@wecom-push/sdk/internals"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { chunkOf, deliveryOf, MANY, messageTo, statesOf, work } from "../testing/deliver.ts"
import { aFrozenCall, lost, OneMessage } from "../testing/one-message.ts"
import type { OneMessageOptions } from "../testing/one-message.ts"

const SECOND = 1000
const DAY_MS = 24 * HOUR_MS
const REPEATED_FOR_MS = 4 * HOUR_MS - 300 * SECOND

test("past its time nothing begins, and all who are pending expire", async () => {
  const one = messageTo(["a", "b"], { expiresAt: NOON + DAY_MS })
  one.machine.advance(DAY_MS)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests, statesOf(one)], [Infinity, [], ["expired", "expired"]])
  assert.deepEqual(one.finished, [["alerts", "expired", 2]])
})

test("when only a clock that was set says so, it is looked at again when that is certain", async () => {
  const one = messageTo(["a"], { expiresAt: NOON + DAY_MS })
  one.machine.jump(DAY_MS)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, statesOf(one)], [NOON + DAY_MS + 300 * SECOND, ["pending"]])
  assert.equal(one.requests.length, 0)
})

test("a message whose time ends while a call is under way ends with it", async () => {
  const one = messageTo(["a"], { expiresAt: NOON + DAY_MS })
  one.answers = [
    () => {
      one.machine.advance(DAY_MS)
      return { errcode: -1, errmsg: "system busy" }
    },
  ]
  await work(one)
  assert.deepEqual(statesOf(one), ["expired"])
})

test("so does one of which another call got no leave to go out", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY)], expiresAt: NOON + DAY_MS })
  const answer = Promise.withResolvers<ApiAnswer>()
  one.answers = [() => answer.promise]
  one.governor.answers.push(one.governor.newPermit(), undefined)
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  one.machine.advance(DAY_MS)
  answer.resolve({ errcode: 0, errmsg: "ok" })
  await working
  assert.deepEqual([statesOf(one)[0], statesOf(one)[1000]], ["sent", "expired"])
})

test("unless it is halted: then the worker that continues it does that", async () => {
  const one = messageTo(["a"], { expiresAt: NOON + DAY_MS })
  const delivery = deliveryOf(one)
  one.answers = [
    () => {
      one.machine.advance(DAY_MS)
      delivery.interrupt()
      return { errcode: -1, errmsg: "system busy" }
    },
  ]
  await delivery.work()
  assert.deepEqual(statesOf(one), ["pending"])
})

test("a call in doubt is repeated to its end although the message has expired, with pauses between", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "b"])], callCount: 1, expiresAt: NOON + DAY_MS })
  one.machine.advance(DAY_MS)
  const now = NOON + DAY_MS
  const call = aFrozenCall({
    body: '{"touser":"a","agentid":1000002}',
    firstTryAt: now - 60 * SECOND,
    mayHaveArrived: true,
  })
  const waiting = aFrozenCall({ number: 2, positions: [1], body: '{"touser":"b","agentid":1000002}' })
  one.outbox.open.set("msg_1", [{ ...call, retryAt: now + 5 * SECOND }, waiting])
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([one.machine.sleeps, one.requests.length], [[5 * SECOND], 0])
  one.answers = [lost()]
  one.outbox.open.set("msg_1", [{ ...call, attempts: 2 }, waiting])
  one.machine.advance(5 * SECOND)
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([one.machine.sleeps, one.requests.length], [[5 * SECOND, 4 * SECOND], 1])
  one.outbox.open.set("msg_1", [waiting])
  one.machine.advance(4 * SECOND)
  const next = await working
  assert.equal(one.requests.length, 1, "what did not arrive is not tried any more")
  assert.ok(next !== undefined)
})

test("no pause is shorter than a second, and a halt ends it", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a"])], callCount: 1, expiresAt: NOON + DAY_MS })
  one.machine.advance(DAY_MS)
  const call = { firstTryAt: NOON + DAY_MS - 60 * SECOND, mayHaveArrived: true, retryAt: NOON + DAY_MS + 5 }
  one.outbox.open.set("msg_1", [aFrozenCall(call)])
  const delivery = deliveryOf(one)
  const working = delivery.work()
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual(one.machine.sleeps, [SECOND])
  delivery.lose()
  assert.equal(await working, undefined)
  assert.deepEqual([one.machine.sleeps, one.requests], [[SECOND], []])
})

test("29.E1: past its time a message with a call in doubt lets its lane continue after a minute, once, and takes no place at work while it waits", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a"])], callCount: 1, expiresAt: NOON + DAY_MS, orderKey: "k" })
  one.machine.advance(DAY_MS)
  const now = NOON + DAY_MS
  const call = { firstTryAt: now - 10 * SECOND, mayHaveArrived: true, retryAt: now + 5 * SECOND }
  one.outbox.open.set("msg_1", [aFrozenCall(call)])
  const delivery = deliveryOf(one)
  const working = delivery.work()
  for (let n = 0; n < 9; n++) await immediate()
  const holds = () => one.outbox.updates.flatMap(({ holdsLaneUntil }) => holdsLaneUntil ?? [])
  assert.deepEqual([holds(), one.slots], [[now + 50 * SECOND], ["release"]])
  one.outbox.open.set("msg_1", [aFrozenCall({ ...call, retryAt: now + 15 * SECOND })])
  one.machine.advance(5 * SECOND)
  for (let n = 0; n < 9; n++) await immediate()
  assert.deepEqual([holds().length, one.slots], [1, ["release", "take", "release"]])
  delivery.lose()
  await working
  assert.deepEqual(one.slots, ["release", "take", "release", "take"])
})

/** A message to two recipients; the first is in a call that waits. */
function withOpenCall(call: Parameters<typeof aFrozenCall>[0], options: OneMessageOptions = {}): OneMessage {
  const one = new OneMessage({ chunks: [chunkOf(["a"])], callCount: 1, ...options })
  const body = '{"touser":"a","agentid":1000002}'
  one.outbox.open.set("msg_1", [aFrozenCall({ body, ...call })])
  return one
}

test("a call that waits goes out again as it is when it is time, under the first number", async () => {
  const one = withOpenCall({ retryAt: NOON, attempts: 2, spentAttempts: 1, part: 0 })
  assert.equal(await work(one), undefined)
  assert.deepEqual(one.outbox.begun, [{ messageId: "msg_1", claim: 7, number: 1, startedAt: NOON, clockSetMs: 0 }])
  assert.deepEqual(statesOf(one), ["sent"])
  const again = { owner: "msg_1", firstTryAtMs: NOON, mayHaveArrived: false, waitsUntilMs: Infinity }
  assert.deepEqual(one.governor.again, [{ keys: ["a"], again }])
  assert.deepEqual(
    one.log.map(({ level, fields }) => [level, fields]),
    [["info", { app: "alerts", message: "msg_1", call: 1, bytes: 32 }]],
  )
})

test("before its time it waits: one in doubt does not hold its lane for ever, another does", async () => {
  const waiting = await work(withOpenCall({ retryAt: NOON + 1 }))
  assert.deepEqual([waiting?.nextAt, waiting?.holdsLaneUntil], [NOON + 1, undefined])
  const inDoubt = withOpenCall({ retryAt: NOON + 1, firstTryAt: NOON - 5 * SECOND, mayHaveArrived: true })
  const next = await work(inDoubt)
  assert.deepEqual([next?.nextAt, next?.holdsLaneUntil], [NOON + 1, NOON + 55 * SECOND])
  assert.deepEqual(inDoubt.governor.again, [])
})

test("what may have arrived waits for room only while a repeat settles it", async () => {
  const firstTryAt = NOON - 5 * SECOND
  const one = withOpenCall({ firstTryAt, mayHaveArrived: true })
  await work(one)
  const again = {
    owner: "msg_1",
    firstTryAtMs: firstTryAt,
    mayHaveArrived: true,
    waitsUntilMs: firstTryAt + REPEATED_FOR_MS,
  }
  assert.deepEqual(one.governor.again[0]?.again, again)
})

test("a repeat knows how often it was tried, and since when, by steady time", async () => {
  const one = withOpenCall({ firstTryAt: NOON + HOUR_MS - 5 * SECOND, spentAttempts: 1, mayHaveArrived: true })
  one.machine.jump(HOUR_MS)
  one.answers = [{ errcode: -1, errmsg: "system busy" }]
  const next = await work(one)
  assert.deepEqual([next?.nextAt, next?.holdsLaneUntil], [NOON + HOUR_MS + 2 * SECOND, NOON + HOUR_MS + 55 * SECOND])
})

test("those who share a call need room too, and are settled with it", async () => {
  const one = withOpenCall({ shares: [{ messageId: "msg_2", number: 4 }] })
  const share = aFrozenCall({ messageId: "msg_2", number: 4, body: '{"touser":"b"}' })
  one.outbox.open.set("msg_2", [share])
  one.outbox.chunks = async () => [chunkOf(["b"])]
  await work(one)
  assert.deepEqual(one.governor.again[0]?.keys.length, 2)
  assert.deepEqual(
    one.outbox.settled[0]?.map(({ messageId, number }) => [messageId, number]),
    [
      ["msg_1", 1],
      ["msg_2", 4],
    ],
  )
})

test("a call that belongs to another message is left to it, and looked after in a minute", async () => {
  const one = withOpenCall({ partOf: { messageId: "msg_0", number: 1 }, retryAt: NOON })
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests, one.governor.again], [NOON + 60 * SECOND, [], []])
})

test("where there is no room for a call, that is reported, and it waits until there is", async () => {
  const one = withOpenCall({ attempts: 3, mayHaveArrived: true, firstTryAt: NOON - 5 * SECOND })
  const delay = { untilMs: NOON + 9 * SECOND, reason: "member_rate" } as const
  one.governor.deferredAgain = delay
  const next = await work(one)
  assert.deepEqual([next?.nextAt, next?.holdsLaneUntil], [delay.untilMs, NOON + 55 * SECOND])
  assert.deepEqual(one.outbox.delays, [{ number: 1, attempt: 3, delay }])
  assert.deepEqual(one.throttled, [["alerts", "member_rate", 1]])
  assert.deepEqual(one.governor.asked, [], "leave to send is asked for last")
})

for (const [title, told, isRepeated] of [
  ["the same", { untilMs: NOON + 9000, reason: "member_rate" }, false],
  ["about the same time, later", { untilMs: NOON + 9999, reason: "member_rate" }, false],
  ["about the same time, earlier", { untilMs: NOON + 8001, reason: "member_rate" }, false],
  ["another time", { untilMs: NOON + 10_000, reason: "member_rate" }, true],
  ["another time, earlier", { untilMs: NOON + 8000, reason: "member_rate" }, true],
  ["another reason", { untilMs: NOON + 9000, reason: "day_quota" }, true],
] as const) {
  test(`a wait that was reported is ${isRepeated ? "" : "not "}reported again when it is for ${title}`, async () => {
    const one = withOpenCall({ delay: told })
    one.governor.deferredAgain = { untilMs: NOON + 9000, reason: "member_rate" }
    await work(one)
    assert.equal(one.outbox.delays.length, isRepeated ? 1 : 0)
    assert.equal(one.throttled.length, isRepeated ? 1 : 0)
  })
}

test("a wait that is over is another one", async () => {
  for (const [untilMs, count] of [
    [NOON, 1],
    [NOON + 1, 0],
  ] as const) {
    const one = withOpenCall({ delay: { untilMs, reason: "member_rate" } })
    one.governor.deferredAgain = { untilMs: NOON + 500, reason: "member_rate" }
    await work(one)
    assert.equal(one.outbox.delays.length, count)
  }
})

test("a call that gets no leave to go out again waits until the app is open; one that did not arrive in its place", async () => {
  const closed = NOON + 7 * SECOND
  for (const [closedUntil, mayHaveArrived, nextAt] of [
    [closed, true, closed],
    [undefined, true, NOON],
    [closed, false, NOON],
  ] as const) {
    const one = withOpenCall({ mayHaveArrived })
    one.governor.answers.push(undefined)
    one.governor.closedUntil = closedUntil
    const next = await work(one)
    assert.deepEqual([next?.nextAt, one.requests, one.log], [nextAt, [], []])
  }
})

test("several calls that wait go out side by side", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "b"])], callCount: 2 })
  one.outbox.open.set("msg_1", [
    aFrozenCall({ body: '{"touser":"a","agentid":1000002}' }),
    aFrozenCall({ number: 2, positions: [1], body: '{"touser":"b","agentid":1000002}' }),
  ])
  const answer = Promise.withResolvers<ApiAnswer>()
  one.answers = [() => answer.promise]
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  assert.equal(one.requests.length, 2)
  answer.resolve({ errcode: 0, errmsg: "ok" })
  await working
  assert.deepEqual(
    one.outbox.settled.map(([settlement]) => settlement?.number),
    [1, 2],
  )
})

test("what is halted while calls are repeated sends nothing new", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "b"])], callCount: 1 })
  one.outbox.open.set("msg_1", [aFrozenCall({ body: '{"touser":"a","agentid":1000002}' })])
  const delivery = deliveryOf(one)
  one.outbox.onBegin = async () => {
    delivery.interrupt()
    return undefined
  }
  await delivery.work()
  assert.equal(one.outbox.begun.length, 1)
})
