import assert from "node:assert/strict"
import { setImmediate as nextTurn } from "node:timers/promises"
import { test } from "node:test"
import type { ApiAnswer, ApiRequest } from "@wecom-push/sdk/internals"
import { StorageError } from "../domain/storage-error.ts"
import type { RecipientChunk, RecipientType } from "../domain/recipients.ts"
import type { Permit } from "../ports/governor.ts"
import { aChunk, HOUR_MS, NOON } from "../store/testing/build.ts"
import { MessageDelivery } from "./message-delivery.ts"
import type { NextWake } from "./next-wake.ts"
import type { Finding } from "./people/people.ts"
import { CallSharings } from "./share-calls.ts"
import { aCallView, aFrozenCall, found, lost, OneMessage } from "./testing/one-message.ts"
import type { OneMessageOptions } from "./testing/one-message.ts"

const SECOND = 1000
const DAY_MS = 24 * HOUR_MS
const REPEATED_FOR_MS = 4 * HOUR_MS - 300 * SECOND

/** Of `type:address` each; members where no type is named. */
function chunkOf(recipients: readonly string[], changes: Partial<RecipientChunk> = {}): RecipientChunk {
  const split = recipients.map((recipient) => (recipient.includes(":") ? recipient : `user:${recipient}`).split(":"))
  const types = split.map(([type]) => type as RecipientType)
  const addresses = split.map(([, address = ""]) => address)
  const userids = addresses.map((address, index) => (types[index] === "user" ? address : null))
  return aChunk(addresses, { types, userids, ...changes })
}

function deliveryOf(one: OneMessage): MessageDelivery {
  return new MessageDelivery({ ...one.deps, sharings: new CallSharings() }, one.runtime, one.claimed, one.slot)
}

/** A message to these, one chunk unless they are several. */
function messageTo(recipients: readonly (string | readonly string[])[], options: OneMessageOptions = {}): OneMessage {
  const chunks = recipients.every((each) => typeof each === "string")
    ? [chunkOf(recipients)]
    : recipients.map((each, index) => chunkOf(typeof each === "string" ? [each] : each, { index }))
  return new OneMessage({ chunks, ...options })
}

async function work(one: OneMessage): Promise<NextWake | undefined> {
  const next = await deliveryOf(one).work()
  await nextTurn()
  assert.equal(one.governor.held, 0, "what was taken of limits is not given back")
  const disposals = one.governor.reservations.map((reservation) => reservation.disposals)
  assert.ok(
    disposals.every((count) => count === 1),
    "what was reserved is given back twice",
  )
  return next
}

/** Whom each request named, in their order. */
function sentTo(one: OneMessage): string[] {
  return one.requests.map(namesIn)
}

/** The body of a call. */
function bodyOf(request: ApiRequest | undefined): Record<string, unknown> {
  assert.ok(typeof request?.body === "string")
  return JSON.parse(request.body) as Record<string, unknown>
}

function namesIn(request: ApiRequest): string {
  const { touser = "", toparty = "", totag = "" } = bodyOf(request)
  return [touser, toparty, totag].filter((names) => names !== "").join(" ")
}

const statesOf = (one: OneMessage): string[] => one.outbox.chunksNow.flatMap(({ states }) => states)

test("a new message goes out in one call, without a look at the store, and is finished", async () => {
  const one = messageTo(["a", "b"])
  one.outbox.openCalls = () => Promise.reject(new Error("it has no calls yet"))
  assert.equal(await work(one), undefined)
  assert.deepEqual([sentTo(one), statesOf(one)], [["a|b"], ["sent", "sent"]])
  assert.deepEqual([one.outbox.reads, one.slots], [[], []])
  assert.deepEqual(
    one.outbox.begun.map(({ number, frozen }) => [number, frozen?.part, frozen?.positions]),
    [[1, 0, [0, 1]]],
  )
  assert.equal(deliveryOf(one).app, "alerts")
})

test("nobody is sent to by a message that is halted before it begins", async () => {
  for (const way of ["interrupt", "lose"] as const) {
    const one = messageTo(["a"])
    const delivery = deliveryOf(one)
    delivery[way]()
    const next = await delivery.work()
    assert.deepEqual([next?.nextAt, one.requests], [way === "lose" ? undefined : -Infinity, []])
    assert.equal(one.governor.held, 0)
  }
})

test("a message that waits for nobody is told so", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a"], { states: ["cancelled"] })], pending: 1 })
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests, one.governor.reservations], [Infinity, [], []])
})

test("of a message that had calls before, everybody is read anew, and its calls are", async () => {
  const chunk = chunkOf(["a", "A", "b"], { states: ["sent", "pending", "pending"], calls: [1, null, null] })
  const one = new OneMessage({ chunks: [chunk], callCount: 1 })
  await work(one)
  assert.deepEqual(one.outbox.reads[0], { from: 0, pendingOnly: false })
  assert.deepEqual(sentTo(one), ["b"])
  assert.deepEqual(
    one.outbox.begun.map(({ number }) => number),
    [2],
  )
  assert.deepEqual(statesOf(one), ["sent", "sent", "sent"])
})

test("only chunks in which somebody is pending are read of a new message", async () => {
  const one = messageTo([["a"], ["b"]])
  one.outbox.chunksNow[0]?.states.fill("cancelled")
  await work(one)
  assert.deepEqual(sentTo(one), ["b"])
  assert.ok(one.outbox.reads.some(({ from, pendingOnly }) => from === 0 && pendingOnly))
})

test("departments and tags, which stand at the end, travel in the first call", async () => {
  const one = messageTo([["a", "b"], ["c", "department:3"], ["department:4", "tag:5"], ["tag:6"]])
  await work(one)
  assert.deepEqual(sentTo(one), ["a|b|c 4|3 6|5"])
  const positions = one.outbox.begun[0]?.frozen?.positions ?? []
  assert.deepEqual(
    positions.toSorted((a, b) => a - b),
    [0, 1, 1000, 1001, 2000, 2001, 3000],
  )
  assert.deepEqual(
    one.outbox.reads.slice(0, 3).map(({ from }) => from),
    [3, 2, 1],
  )
  assert.ok(statesOf(one).every((state) => state === "sent"))
})

test("so they do where all stand in one chunk", async () => {
  const one = messageTo(["a", "department:3", "tag:4"])
  await work(one)
  assert.deepEqual(sentTo(one), ["a 3 4"])
})

test("for that no chunk is read in which none can be", async () => {
  const one = messageTo([["a"], ["b", "department:3"]])
  await work(one)
  assert.deepEqual(
    one.outbox.reads.map(({ from }) => from),
    [1, 0, 1],
  )
  const none = messageTo([["a"], ["b"], ["c"]])
  await work(none)
  assert.deepEqual(
    none.outbox.reads.map(({ from }) => from),
    [2, 0, 1, 2],
  )
  assert.deepEqual(sentTo(none), ["a|b|c"])
})

test("a message to departments alone goes out in one call", async () => {
  const one = messageTo([["department:1"], ["department:2"]])
  await work(one)
  assert.deepEqual(sentTo(one), ["2|1"])
  assert.deepEqual(
    one.outbox.reads.map(({ from }) => from),
    [1, 0, 0, 1],
  )
  assert.ok(statesOf(one).every((state) => state === "sent"))
})

const MANY = Array.from({ length: 1001 }, (_, n) => `m${n}`)

test("a full call leaves before the next chunk is read, and the rest at the end", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY.slice(0, 1000)), chunkOf(MANY.slice(1000), { index: 1 })] })
  const before: number[] = []
  one.answers = [
    () => {
      before.push(one.outbox.reads.filter(({ pendingOnly }) => pendingOnly).length)
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  await work(one)
  assert.deepEqual(before, [1, 2])
  assert.deepEqual(
    one.outbox.begun.map(({ number, frozen }) => [number, frozen?.positions.length]),
    [
      [1, 1000],
      [2, 1],
    ],
  )
})

test("calls of a message are under way side by side", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY.slice(0, 1000)), chunkOf(MANY.slice(1000), { index: 1 })] })
  const answer = Promise.withResolvers<ApiAnswer>()
  one.answers = [() => answer.promise]
  const working = work(one)
  while (one.requests.length < 2) await nextTurn()
  answer.resolve({ errcode: 0, errmsg: "ok" })
  await working
})

test("between chunks others have their turn, and large outcomes are stored before more are begun", async () => {
  const one = messageTo(Array.from({ length: 6 }, (_, n) => [`m${n}`]))
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const working = work(one)
  for (let n = 0; n < 5; n++) await nextTurn()
  const pendingReads = (): number => one.outbox.reads.filter(({ pendingOnly }) => pendingOnly).length
  assert.equal(pendingReads(), 1)
  one.deps.largeSettles.leave()
  await nextTurn()
  assert.ok(pendingReads() < 6, "nobody else had a turn")
  await working
  assert.equal(pendingReads(), 6)
})

test("what is halted between chunks reads no more of them", async () => {
  const one = messageTo(Array.from({ length: 6 }, (_, n) => [`m${n}`]))
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const delivery = deliveryOf(one)
  const working = delivery.work()
  await nextTurn()
  delivery.interrupt()
  one.deps.largeSettles.leave()
  await working
  assert.equal(one.outbox.reads.filter(({ pendingOnly }) => pendingOnly).length, 2)
  assert.deepEqual([one.requests.length, one.governor.held], [0, 0])
})

test("a message that expires between chunks begins no call, and its recipients expire", async () => {
  const one = messageTo([["a"], ["b"]], { expiresAt: NOON + DAY_MS })
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const working = work(one)
  await nextTurn()
  one.machine.advance(DAY_MS)
  one.deps.largeSettles.leave()
  await working
  assert.deepEqual([one.requests.length, statesOf(one)], [0, ["expired", "expired"]])
})

test("whoever is named again gets the outcome of the first, and is counted", async () => {
  const one = new OneMessage({
    chunks: [
      chunkOf(["a", "x"], { states: ["sent", "pending"], calls: [1, null] }),
      chunkOf(["A", "b"], { index: 1 }),
      chunkOf(["A"], { index: 2 }),
    ],
    callCount: 1,
  })
  one.answers = [{ invaliduser: "x" }]
  await work(one)
  assert.deepEqual(statesOf(one), ["sent", "invalid", "sent", "sent", "sent"])
  const { updates } = one.outbox.updates.at(-1) ?? assert.fail()
  assert.deepEqual(
    updates.map(({ chunk, slots, state, call, userids }) => [chunk, slots, state, call, userids]),
    [
      [1, [0], "sent", 1, ["a"]],
      [2, [0], "sent", 1, ["a"]],
    ],
  )
  assert.deepEqual(
    one.finished.slice(-2),
    Array.from({ length: 2 }, () => ["alerts", "sent", 1]),
  )
})

test("with the reason, where there is one", async () => {
  const chunk = chunkOf(["a", "A"], {
    states: ["in_doubt", "pending"],
    details: { 0: { reason: "answer_lost" } },
    calls: [null, null],
  })
  const one = new OneMessage({ chunks: [chunk], callCount: 1 })
  await work(one)
  const { state, detail, call } = one.outbox.updates[0]?.updates[0] ?? assert.fail()
  assert.deepEqual([state, detail, call], ["in_doubt", { reason: "answer_lost" }, undefined])
})

test("whose first is pending still waits with it", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "A"])], callCount: 1 })
  one.outbox.open.set("msg_1", [aFrozenCall({ body: '{"touser":"a","agentid":1000002}', retryAt: NOON + 5 * SECOND })])
  const next = await work(one)
  assert.deepEqual([next?.nextAt, statesOf(one)], [NOON + 5 * SECOND, ["pending", "pending"]])
  assert.deepEqual(one.outbox.updates, [])
})

test("the outcome of a call that is under way is waited for, for those who are named again", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "A"])], callCount: 1 })
  one.outbox.open.set("msg_1", [aFrozenCall({ body: '{"touser":"a","agentid":1000002}' })])
  await work(one)
  assert.deepEqual([sentTo(one), statesOf(one)], [["a"], ["sent", "sent"]])
})

// Expiry.

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

test("unless it is halted: then whoever goes on with it does that", async () => {
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
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual([one.machine.sleeps, one.requests.length], [[5 * SECOND], 0])
  one.answers = [lost()]
  one.outbox.open.set("msg_1", [{ ...call, attempts: 2 }, waiting])
  one.machine.advance(5 * SECOND)
  for (let n = 0; n < 5; n++) await nextTurn()
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
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual(one.machine.sleeps, [SECOND])
  delivery.lose()
  assert.equal(await working, undefined)
  assert.deepEqual([one.machine.sleeps, one.requests], [[SECOND], []])
})

// Calls that were begun before.

/** A message to two, of whom the first is in a call that waits. */
function withOpenCall(call: Parameters<typeof aFrozenCall>[0], options: OneMessageOptions = {}): OneMessage {
  const one = new OneMessage({ chunks: [chunkOf(["a"])], callCount: 1, ...options })
  const body = '{"touser":"a","agentid":1000002}'
  one.outbox.open.set("msg_1", [aFrozenCall({ body, ...call })])
  return one
}

test("a call that waits goes out again as it is when it is time, under the first number", async () => {
  const one = withOpenCall({ retryAt: NOON, attempts: 2, spentAttempts: 1, part: 0 })
  assert.equal(await work(one), undefined)
  assert.deepEqual(one.outbox.begun, [{ messageId: "msg_1", claim: 7, number: 1, startedAt: NOON }])
  assert.deepEqual(statesOf(one), ["sent"])
  const again = { firstTryAtMs: NOON, mayHaveArrived: false, waitsUntilMs: Infinity }
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
  const again = { firstTryAtMs: firstTryAt, mayHaveArrived: true, waitsUntilMs: firstTryAt + REPEATED_FOR_MS }
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

test("where there is no room for a call, that is told, and it waits until there is", async () => {
  const one = withOpenCall({ attempts: 3, mayHaveArrived: true, firstTryAt: NOON - 5 * SECOND })
  const delay = { untilMs: NOON + 9 * SECOND, reason: "member_rate" } as const
  one.governor.deferredAgain = delay
  const next = await work(one)
  assert.deepEqual([next?.nextAt, next?.holdsLaneUntil], [delay.untilMs, NOON + 55 * SECOND])
  assert.deepEqual(one.outbox.delays, [{ number: 1, attempt: 3, delay }])
  assert.deepEqual(one.throttled, [["alerts", "member_rate", 1]])
  assert.deepEqual(one.governor.asked, [], "leave to send is asked for last")
})

for (const [title, told, isToldAgain] of [
  ["the same", { untilMs: NOON + 9000, reason: "member_rate" }, false],
  ["about the same time, later", { untilMs: NOON + 9999, reason: "member_rate" }, false],
  ["about the same time, earlier", { untilMs: NOON + 8001, reason: "member_rate" }, false],
  ["another time", { untilMs: NOON + 10_000, reason: "member_rate" }, true],
  ["another time, earlier", { untilMs: NOON + 8000, reason: "member_rate" }, true],
  ["another reason", { untilMs: NOON + 9000, reason: "day_quota" }, true],
] as const) {
  test(`a wait that was told is ${isToldAgain ? "" : "not "}told again when it is for ${title}`, async () => {
    const one = withOpenCall({ delay: told })
    one.governor.deferredAgain = { untilMs: NOON + 9000, reason: "member_rate" }
    await work(one)
    assert.equal(one.outbox.delays.length, isToldAgain ? 1 : 0)
    assert.equal(one.throttled.length, isToldAgain ? 1 : 0)
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

test("a call that gets no leave to go out again waits until the app is open", async () => {
  for (const [closedUntil, nextAt] of [
    [NOON + 7 * SECOND, NOON + 7 * SECOND],
    [undefined, NOON],
  ] as const) {
    const one = withOpenCall({})
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
  for (let n = 0; n < 5; n++) await nextTurn()
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

// Leave to send.

test("without leave to send the message keeps its place in the queue, and nothing more is tried", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY)], sendAt: NOON - 5 })
  one.governor.answers.push(undefined)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests.length, one.governor.asked], [NOON - 5, 0, ["normal"]])
})

test("nor are those who are looked up then", async () => {
  const one = new OneMessage({ chunks: [chunkOf([...MANY, "mobile:1"])] })
  one.governor.answers.push(undefined)
  await work(one)
  assert.deepEqual([one.requests.length, one.governor.asked.length, one.slots], [0, 1, []])
})

test("leave that is waited for is used when it comes", async () => {
  const one = messageTo(["a"], { priority: "bulk" })
  const asked = Promise.withResolvers<Permit | undefined>()
  one.governor.answers.push(asked.promise)
  const working = work(one)
  await nextTurn()
  assert.deepEqual([one.requests.length, one.governor.asked], [0, ["bulk"]])
  asked.resolve(one.governor.newPermit())
  assert.equal(await working, undefined)
  assert.equal(one.requests.length, 1)
  assert.equal(one.governor.reservations[0]?.priority, "bulk")
})

test("a halt does not wait for it, and what comes later is given back", async () => {
  const one = messageTo(["a"])
  const asked = Promise.withResolvers<Permit | undefined>()
  one.governor.answers.push(asked.promise)
  const delivery = deliveryOf(one)
  const working = delivery.work()
  await nextTurn()
  delivery.interrupt()
  await working
  const permit = one.governor.newPermit()
  asked.resolve(permit)
  await nextTurn()
  assert.deepEqual([permit.isHeld, one.requests.length, one.governor.held], [false, 0, 0])
})

test("leave that comes at the moment of a halt is not used", async () => {
  const one = messageTo(["a"])
  const delivery = deliveryOf(one)
  const permit = one.governor.newPermit()
  one.governor.permit = () => {
    delivery.interrupt()
    return permit
  }
  await delivery.work()
  assert.deepEqual([permit.isHeld, one.requests.length, one.governor.held], [false, 0, 0])
})

test("after trouble with one call no other begins, those under way end, and the first trouble is told", async () => {
  const one = new OneMessage({
    chunks: [chunkOf(MANY.slice(0, 1000)), chunkOf(MANY.slice(1000), { index: 1 })],
  })
  one.outbox.onBegin = () => Promise.reject(new StorageError("storage_full"))
  await assert.rejects(work(one), { code: "storage_full" })
  assert.equal(one.outbox.begun.length, 1)
  assert.equal(one.governor.held, 0)
})

test("of two troubles the first is told, when both calls have ended", async () => {
  const one = new OneMessage({ chunks: [chunkOf(["a", "b"])], callCount: 2 })
  one.outbox.open.set("msg_1", [
    aFrozenCall({ body: '{"touser":"a","agentid":1000002}' }),
    aFrozenCall({ number: 2, positions: [1], body: '{"touser":"b","agentid":1000002}' }),
  ])
  const second = Promise.withResolvers<never>()
  one.outbox.onBegin = ({ number }) =>
    number === 1 ? Promise.reject(new StorageError("storage_full")) : second.promise
  let hasEnded = false
  const working = assert.rejects(work(one), { code: "storage_full" }).then(() => (hasEnded = true))
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.equal(hasEnded, false)
  second.reject(new StorageError("storage_busy"))
  await working
})

test("when the planning fails, what is under way ends first", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY.slice(0, 1000)), chunkOf(["mobile:1"], { index: 1 })] })
  const answer = Promise.withResolvers<ApiAnswer>()
  one.answers = [() => answer.promise]
  one.runtime.people.recall = () => Promise.reject(new RangeError("the planning"))
  let hasEnded = false
  const working = assert.rejects(work(one), RangeError).then(() => (hasEnded = true))
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual([one.requests.length, hasEnded], [1, false])
  answer.resolve({ errcode: 0, errmsg: "ok" })
  await working
})

test("a call that the store leaves out: the message is read anew", async () => {
  const one = messageTo(["a"])
  one.outbox.onBegin = () => Promise.resolve(undefined)
  const next = await work(one)
  assert.equal(next?.nextAt, -Infinity)
})

// Limits.

test("who has to wait does so, and the others go", async () => {
  const one = messageTo(["a", "b"])
  one.governor.limitedAtLast.set("a", { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
  const next = await work(one)
  assert.deepEqual([sentTo(one), statesOf(one), next?.nextAt], [["b"], ["pending", "sent"], NOON + 5 * SECOND])
})

test("when all of a call have to wait, none is made, and the next call goes", async () => {
  const one = new OneMessage({ chunks: [chunkOf(MANY)] })
  for (const id of MANY.slice(0, 1000)) {
    one.governor.limitedAtLast.set(id, { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
  }
  await work(one)
  assert.deepEqual([sentTo(one), one.governor.asked.length], [["m1000"], 1])
})

test("a message whose time ends while a call is prepared makes none", async () => {
  const one = messageTo(["mobile:1"], { expiresAt: NOON + DAY_MS })
  one.ask = async () => {
    one.machine.advance(DAY_MS)
    return [found("a")]
  }
  await work(one)
  assert.deepEqual([one.requests, statesOf(one), one.governor.asked], [[], ["expired"], []])
})

// Look-ups.

test("those who are looked up in time travel with the others, in one call", async () => {
  const one = messageTo(["a", "mobile:1"])
  one.ask = async () => [found("b")]
  await work(one)
  assert.deepEqual([sentTo(one), one.slots], [["a|b"], ["release", "take"]])
  assert.deepEqual(one.machine.sleeps, [SECOND])
  assert.deepEqual(statesOf(one), ["sent", "sent"])
})

test("who is known waits for a second and no longer", async () => {
  const one = messageTo([["a", "mobile:1"], ["mobile:2"]])
  const answers = [Promise.withResolvers<readonly Finding[]>(), Promise.withResolvers<readonly Finding[]>()]
  const signals: (AbortSignal | undefined)[] = []
  one.ask = (_, signal) => (answers[signals.push(signal) - 1] ?? assert.fail()).promise
  const working = work(one)
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual([one.requests.length, one.machine.sleeps], [0, [SECOND]])
  one.machine.advance(SECOND)
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual([sentTo(one), one.machine.sleeps], [["a"], [SECOND, DAY_MS - SECOND]])
  answers[0]?.resolve([found("b")])
  for (let n = 0; n < 5; n++) await nextTurn()
  assert.deepEqual([signals[0]?.aborted, signals[1]?.aborted], [true, false])
  assert.deepEqual(one.machine.sleeps.slice(2), [0, DAY_MS - SECOND], "one who was slow is not waited for again")
  assert.deepEqual(sentTo(one), ["a", "b"])
  answers[1]?.resolve([found("c")])
  await working
  assert.deepEqual(sentTo(one), ["a", "b", "c"])
  assert.deepEqual([signals[1]?.aborted, statesOf(one)], [true, ["sent", "sent", "sent"]])
})

test("no longer than until the message expires", async () => {
  const one = messageTo(["mobile:1"], { expiresAt: NOON + 10 * SECOND })
  one.ask = () => new Promise(() => undefined)
  const working = work(one)
  for (const ms of [SECOND, 9 * SECOND]) {
    for (let n = 0; n < 5; n++) await nextTurn()
    one.machine.advance(ms)
  }
  await working
  assert.deepEqual([one.machine.sleeps, statesOf(one)], [[SECOND, 9 * SECOND], ["expired"]])
})

for (const isSlow of [false, true]) {
  test(`a halt does not wait for look-ups, ${isSlow ? "however long they have taken" : "from the beginning"}, nor for what becomes of them`, async () => {
    const one = messageTo(["mobile:1"])
    const asked = Promise.withResolvers<readonly Finding[]>()
    let signal: AbortSignal | undefined
    one.ask = (_, ending) => {
      signal = ending
      return asked.promise
    }
    const delivery = deliveryOf(one)
    const working = delivery.work()
    await nextTurn()
    if (isSlow) {
      one.machine.advance(SECOND)
      await nextTurn()
    }
    delivery.interrupt()
    await working
    assert.deepEqual([signal?.aborted, one.slots], [true, ["release", "take"]])
    asked.reject(new RangeError("nobody waits for it"))
    await nextTurn()
    assert.deepEqual([one.requests.length, one.governor.held], [0, 0])
  })
}

test("an answer that comes at the moment of a halt is not used, and no room is taken for others", async () => {
  const one = messageTo(["a", "mobile:1"])
  const delivery = deliveryOf(one)
  one.ask = async () => {
    delivery.interrupt()
    return [{ kind: "invalid", reason: "malformed_mobile" }]
  }
  await delivery.work()
  assert.deepEqual([statesOf(one), one.governor.reservations[0]?.taken], [["pending", "pending"], []])
})

test("look-ups end with the gateway", async () => {
  const one = messageTo(["mobile:1"])
  let signal: AbortSignal | undefined
  one.ask = (_, ending) => {
    signal = ending
    return new Promise(() => undefined)
  }
  const working = work(one)
  await nextTurn()
  assert.equal(signal?.aborted, false)
  one.stopping.abort()
  await working
  assert.equal(signal?.aborted, true)
})

test("trouble with a look-up is trouble of the message, and its place is taken again", async () => {
  const one = messageTo(["a", "mobile:1"])
  one.ask = () => Promise.reject(new StorageError("storage_full"))
  await assert.rejects(work(one), StorageError)
  assert.deepEqual([one.slots, one.governor.held], [["release", "take"], 0])
})

test("when too many wait for look-ups, those who are known go, and the message is called back, in a minute at the latest", async () => {
  const one = messageTo(["a", "mobile:1"])
  for (let n = 0; n < 16; n++) one.deps.lookupWaiters.enter("alerts", `other ${n}`)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, next?.isForLookups], [NOON + 60 * SECOND, true])
  assert.deepEqual([sentTo(one), one.slots], [["a"], []])
})

test("those of each chunk are asked for once, although nobody of one is pending any more", async () => {
  const one = messageTo([["mobile:1"], ["mobile:2"]])
  const asked: string[] = []
  one.ask = async (wanted) => {
    one.outbox.chunksNow[0]?.states.fill("cancelled")
    asked.push(...wanted.map(({ address }) => address))
    return wanted.map(({ address }) => found(`u${address}`))
  }
  one.runtime.people.known = async (wanted) => {
    if (wanted[0]?.address === "2") one.outbox.chunksNow[0]?.states.fill("cancelled")
    return wanted.map(() => undefined)
  }
  await work(one)
  assert.deepEqual([asked, sentTo(one)], [["1", "2"], ["u2"]])
})

test("a full call of those who were found leaves before the next are looked up", async () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => `mobile:${n}`)
  const one = messageTo([numbers, ["mobile:x"]])
  const before: number[] = []
  one.ask = async (wanted) => {
    await nextTurn()
    before.push(one.requests.length)
    return wanted.map(({ address }) => found(`u${address}`))
  }
  await work(one)
  assert.deepEqual([before, one.requests.length], [[0, 1], 2])
})

test("without leave for those who were found, no others are looked up", async () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => `mobile:${n}`)
  const one = messageTo([numbers, ["mobile:x"]])
  let asked = 0
  one.ask = async (wanted) => {
    asked++
    return wanted.map(({ address }) => found(`u${address}`))
  }
  one.governor.answers.push(undefined)
  await work(one)
  assert.deepEqual([asked, one.requests.length, one.governor.asked.length], [1, 0, 1])
})

test("nor when those who are known get no leave to go first", async () => {
  const one = messageTo(["a", "mobile:1"])
  one.ask = () => new Promise(() => undefined)
  one.governor.answers.push(undefined)
  const working = work(one)
  for (let n = 0; n < 5; n++) await nextTurn()
  one.machine.advance(SECOND)
  const next = await working
  assert.deepEqual([next?.nextAt, one.machine.sleeps, one.requests.length], [NOON, [SECOND], 0])
})

test("whoever is halted between look-ups asks for nobody else, and takes no room for others", async () => {
  const one = messageTo([["a", "mobile:1"], ["mobile:2"]])
  const delivery = deliveryOf(one)
  let asked = 0
  one.ask = async () => {
    asked++
    return [{ kind: "invalid", reason: "malformed_mobile" }]
  }
  const update = one.outbox.update.bind(one.outbox)
  one.outbox.update = (change) => {
    delivery.interrupt()
    return update(change)
  }
  await delivery.work()
  assert.deepEqual([asked, one.governor.reservations[0]?.taken], [1, []])
})

// Files.

const IMAGE = { msgtype: "image", parts: ['{"msgtype":"image","image":{"media_id":"med_1"}}'] }

test("a file is with WeCom before its call is frozen, and before there is leave to send", async () => {
  const one = messageTo(["a"], IMAGE)
  const seen: number[] = []
  one.upload = async (id) => {
    seen.push(one.governor.asked.length)
    return { kind: "uploaded", mediaId: `at-wecom-${id}` }
  }
  await work(one)
  assert.equal(seen[0], 0)
  assert.deepEqual(bodyOf(one.requests[0])["image"], { media_id: "at-wecom-med_1" })
})

test("while it is not, nothing goes out", async () => {
  const one = messageTo(["a"], IMAGE)
  one.upload = async () => ({ kind: "later", at: NOON + 5 * SECOND })
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests, one.governor.asked], [NOON + 5 * SECOND, [], []])
})

test("when it is gone by the time of the freeze, nothing goes out", async () => {
  const one = messageTo(["a"], IMAGE)
  let asked = 0
  one.upload = async () =>
    ++asked === 1 ? { kind: "uploaded", mediaId: "m" } : { kind: "later", at: NOON + 5 * SECOND }
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.outbox.begun, asked], [NOON + 5 * SECOND, [], 2])
})

test("when WeCom no longer takes a file, another call goes out with another id, and nobody is asked for room again", async () => {
  const one = messageTo(["a", "b"], IMAGE)
  let uploads = 0
  one.upload = async () => ({ kind: "uploaded", mediaId: `m${++uploads}` })
  one.answers = [{ errcode: 40007, errmsg: "invalid media_id" }, {}]
  await work(one)
  const images = one.requests.map((request) => bodyOf(request)["image"])
  assert.deepEqual(images, [{ media_id: "m2" }, { media_id: "m4" }])
  assert.deepEqual(one.governor.reservations[0]?.parts, [["a", "b"]])
  assert.deepEqual(
    one.outbox.begun.map(({ number }) => number),
    [1, 2],
  )
  assert.deepEqual(statesOf(one), ["sent", "sent"])
})

test("when there is no other id, all of the call fail, and the message is told why", async () => {
  const one = messageTo(["a"], IMAGE)
  one.canReplace = false
  one.answers = [{ errcode: 40007, errmsg: "invalid media_id" }]
  await work(one)
  assert.deepEqual([statesOf(one), one.requests.length], [["failed"], 1])
  assert.deepEqual(one.outbox.updates[0]?.problem, { code: "call_refused", errcode: 40007 })
  assert.deepEqual(one.outbox.chunksNow[0]?.details[0]?.errcode, 40007)
})

test("when the file cannot be uploaded again now, the call waits for it", async () => {
  const one = messageTo(["a"], IMAGE)
  one.answers = [
    () => {
      one.upload = async () => ({ kind: "later", at: NOON + 5 * SECOND })
      return { errcode: 40007, errmsg: "invalid media_id" }
    },
  ]
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests.length, statesOf(one)], [NOON + 5 * SECOND, 1, ["pending"]])
})

// Halving.

/** WeCom refuses whole calls for those who are bad. */
function refusing(one: OneMessage, isBad: (id: string) => boolean): void {
  one.answers = [
    (request) => {
      const isRefused = namesIn(request).split("|").some(isBad)
      return isRefused ? { errcode: 40003, errmsg: "invalid userid" } : { errcode: 0, errmsg: "ok" }
    },
  ]
}

test("a call that is refused for one of its recipients goes out in halves, which need no more room", async () => {
  const one = messageTo(["a", "b", "bad"])
  refusing(one, (id) => id === "bad")
  await work(one)
  assert.deepEqual(sentTo(one), ["a|b|bad", "a|b", "bad"])
  assert.deepEqual(statesOf(one), ["sent", "sent", "invalid"])
  const [first, ...halves] = one.governor.reservations
  assert.deepEqual([first?.parts, halves.length], [[["a", "b"], ["bad"]], 2])
  assert.ok(halves.every(({ taken }) => taken.length === 0))
  assert.equal(one.governor.asked.length, 3)
})

const THREE_HUNDRED = Array.from({ length: 300 }, (_, n) => `m${n}`)

test("once one has got through, every refusal is a recipient's", async () => {
  const one = new OneMessage({ chunks: [chunkOf(THREE_HUNDRED)] })
  refusing(one, (id) => id !== "m0")
  await work(one)
  assert.deepEqual(statesOf(one), ["sent", ...Array<string>(299).fill("invalid")])
})

test("when nothing gets through it ends after 210 refusals, those of single recipients counted", async () => {
  const one = new OneMessage({ chunks: [chunkOf(THREE_HUNDRED)] })
  refusing(one, () => true)
  await work(one)
  const states = statesOf(one)
  const alone = states.filter((state) => state === "invalid").length
  assert.equal(states.filter((state) => state === "failed").length, 300 - alone)
  assert.deepEqual([one.requests.length, alone], [213, 104])
  assert.equal(one.outbox.chunksNow[0]?.details[299]?.errcode, 40003)
})

test("a half that gets no leave to go out keeps its place in the queue", async () => {
  const one = messageTo(["a", "bad"], { sendAt: NOON - 5 })
  refusing(one, (id) => id === "bad")
  one.governor.answers.push(one.governor.newPermit(), one.governor.newPermit(), undefined)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, sentTo(one), statesOf(one)], [NOON - 5, ["a|bad", "a"], ["sent", "pending"]])
})

test("nor does a half go out when the message has expired meanwhile", async () => {
  const one = messageTo(["a", "b"], { expiresAt: NOON + DAY_MS })
  one.answers = [
    () => {
      one.machine.advance(DAY_MS)
      return { errcode: 40003, errmsg: "invalid userid" }
    },
  ]
  await work(one)
  assert.deepEqual([one.requests.length, one.governor.asked.length, statesOf(one)], [1, 1, ["expired", "expired"]])
})

// Parts.

const PARTS = ["一", "二", "三"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
const contentsOf = (one: OneMessage): string[] =>
  one.requests.map((request) => (bodyOf(request)["text"] as { content: string }).content)

test("parts follow one another, each with room of its own, to those who got the one before", async () => {
  const one = messageTo(["a", "b"], { parts: PARTS, priority: "high" })
  one.answers = [{ invaliduser: "b" }, {}]
  assert.equal(await work(one), undefined)
  assert.deepEqual(
    [contentsOf(one), sentTo(one)],
    [
      ["一", "二", "三"],
      ["a|b", "a", "a"],
    ],
  )
  assert.deepEqual(
    one.governor.reservations.map(({ priority, added, taken }) => [priority, added, taken]),
    [
      ["high", ["a", "b"], [["a", "b"]]],
      ["high", ["a"], [["a"]]],
      ["high", ["a"], [["a"]]],
    ],
  )
  assert.deepEqual(
    one.outbox.begun.map(({ number, frozen }) => [number, frozen?.part]),
    [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
  )
})

test("who has had enough for now waits for the next part, and the others get it", async () => {
  const one = messageTo(["a", "b", "c"], { parts: PARTS.slice(0, 2) })
  one.answers = [
    () => {
      one.governor.limited.set("a", { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
      one.governor.limitedAtLast.set("b", { untilMs: NOON + 4 * SECOND, reason: "day_quota" })
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  const next = await work(one)
  assert.deepEqual([sentTo(one), next?.nextAt], [["a|b|c", "c"], NOON + 4 * SECOND])
  const { states, details } = one.outbox.chunksNow[0] ?? assert.fail()
  assert.deepEqual(states, ["pending", "pending", "sent"])
  assert.deepEqual([details[0]?.delayedUntil, details[1]?.reason], [NOON + 5 * SECOND, "day_quota"])
})

test("when all have had enough no call is made", async () => {
  const one = messageTo(["a"], { parts: PARTS.slice(0, 2) })
  one.answers = [
    () => {
      one.governor.limited.set("a", { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  await work(one)
  assert.deepEqual([one.requests.length, one.governor.asked.length], [1, 1])
})

test("a later turn goes on with the part that comes next", async () => {
  const chunk = chunkOf(["a", "b"], { calls: [1, null] })
  const one = new OneMessage({ chunks: [chunk], callCount: 1, parts: PARTS.slice(0, 2) })
  one.outbox.calls = [aCallView()]
  await work(one)
  const calls = contentsOf(one).map((content, index) => `${content} ${sentTo(one)[index]}`)
  assert.deepEqual(new Set(calls), new Set(["二 a", "一 b", "二 b"]))
})

// Shared calls.

test("where the app may share calls, a small message joins one", async () => {
  const one = messageTo(["a"])
  const runtime = { ...one.runtime, app: { ...one.runtime.app, settings: { share_calls: true } } }
  const delivery = new MessageDelivery({ ...one.deps, sharings: new CallSharings() }, runtime, one.claimed, one.slot)
  const working = delivery.work()
  await nextTurn()
  assert.deepEqual([one.machine.sleeps, one.requests.length], [[20], 0])
  one.machine.advance(20)
  assert.equal(await working, undefined)
  assert.deepEqual([sentTo(one), statesOf(one), one.governor.held], [["a"], ["sent"], 0])
})
