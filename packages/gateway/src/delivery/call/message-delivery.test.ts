import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import type { ApiAnswer } from "@wecom-push/sdk/internals"
import { StorageError } from "../../model/storage-error.ts"
import type { Permit } from "../../model/ports/governor.ts"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { chunkOf, deliveryOf, MANY, messageTo, NO_OTHERS, sentTo, statesOf, work } from "../testing/deliver.ts"
import { MessageDelivery } from "./message-delivery.ts"
import { CallSharings } from "./share-calls.ts"
import { aFrozenCall, found, OneMessage } from "../testing/one-message.ts"

const SECOND = 1000
const DAY_MS = 24 * HOUR_MS

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

test("a message that is halted before it begins sends nothing", async () => {
  for (const way of ["interrupt", "lose"] as const) {
    const one = messageTo(["a"])
    const delivery = deliveryOf(one)
    delivery[way]()
    const next = await delivery.work()
    assert.deepEqual([next?.nextAt, one.requests], [way === "lose" ? undefined : -Infinity, []])
    assert.equal(one.governor.held, 0)
  }
})

test("a message that waits for no recipient says so", async () => {
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

test("only chunks with pending recipients are read of a new message", async () => {
  const one = messageTo([["a"], ["b"]])
  one.outbox.chunksNow[0]?.states.fill("cancelled")
  await work(one)
  assert.deepEqual(sentTo(one), ["b"])
  assert.ok(one.outbox.reads.some(({ from, pendingOnly }) => from === 0 && pendingOnly))
})

test("departments and tags, which are at the end, travel in the first call", async () => {
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

test("so they do where all are in one chunk", async () => {
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
  while (one.requests.length < 2) await immediate()
  answer.resolve({ errcode: 0, errmsg: "ok" })
  await working
})

test("between chunks others have their turn, and large outcomes are stored before more are begun", async () => {
  const one = messageTo(Array.from({ length: 6 }, (_, n) => [`m${n}`]))
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  const pendingReads = (): number => one.outbox.reads.filter(({ pendingOnly }) => pendingOnly).length
  assert.equal(pendingReads(), 1)
  one.deps.largeSettles.leave()
  await immediate()
  assert.ok(pendingReads() < 6, "no other task ran in between")
  await working
  assert.equal(pendingReads(), 6)
})

test("of a message to many, one of whose calls is of another agent, that call is closed, and the message comes back at once", async () => {
  const one = new OneMessage({
    chunks: Array.from({ length: 6 }, (_, index) => chunkOf([`m${index}`], { index })),
    callCount: 6,
  })
  const open = Array.from({ length: 6 }, (_, n) =>
    aFrozenCall({
      number: n + 1,
      positions: [n * 1000],
      body: JSON.stringify({ touser: `m${n}`, agentid: n === 2 ? 1 : 1_000_002 }),
      ...(n > 3 && { retryAt: NOON + 60_000 }),
    }),
  )
  one.outbox.open.set("msg_1", open)
  const next = await work(one)
  assert.deepEqual(sentTo(one), ["m0", "m1", "m3"])
  assert.deepEqual(
    one.outbox.updates.flatMap(({ closeCalls = [] }) => closeCalls),
    [3],
  )
  assert.equal(next?.nextAt, one.run.now())
  // Its recipient gets another call when the repeats have ended.
  assert.deepEqual(statesOf(one), ["sent", "sent", "pending", "sent", "pending", "pending"])
})

test("of a robot's message to many with `else`, calls that wait are not read while they carry everybody; those of the other app are its turn's", async () => {
  const one = new OneMessage({
    chunks: Array.from({ length: 6 }, (_, index) => chunkOf([`m${index}`], { index })),
    callCount: 7,
    otherwise: { app: "hr", msgtype: "text", parts: ["{}"] },
  })
  const ofRobot = Array.from({ length: 6 }, (_, n) =>
    aFrozenCall({ kind: "smart_robot", number: n + 1, positions: [n * 1000], retryAt: NOON + 60_000 }),
  )
  one.outbox.open.set("msg_1", [...ofRobot, aFrozenCall({ number: 7, positions: [0] })])
  const read: (number | undefined)[] = []
  const { openCalls } = one.outbox
  one.outbox.openCalls = async (id, number) => {
    read.push(number)
    return openCalls(id, number)
  }
  const other = { ...NO_OTHERS, apps: { get: () => Promise.resolve(one.runtime.app) } }
  const deps = { ...one.deps, sharings: new CallSharings(), ...other }
  await new MessageDelivery(deps, one.runtime, one.claimed, one.slot).work()
  assert.deepEqual([read, one.requests], [[], []])
})

function inChunks(count: number): OneMessage {
  return messageTo(Array.from({ length: count }, (_, n) => [`m${n}`]))
}

// proves 29.E7: a message to many that waits
test("29.E7: the heap is limited while a message to over a hundred thousand is at work, however that ends", async () => {
  const [many, fewer] = [inChunks(101), inChunks(100)]
  await work(many)
  await work(fewer)
  assert.deepEqual([many.heapLimits, fewer.heapLimits], [["begins", "ends"], []])
  const broken = inChunks(101)
  broken.outbox.chunks = () => Promise.reject(new Error("the store is broken"))
  await assert.rejects(work(broken), /the store is broken/)
  assert.deepEqual(broken.heapLimits, ["begins", "ends"])
})

test("what is halted between chunks reads no more of them", async () => {
  const one = messageTo(Array.from({ length: 6 }, (_, n) => [`m${n}`]))
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const delivery = deliveryOf(one)
  const working = delivery.work()
  await immediate()
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
  await immediate()
  one.machine.advance(DAY_MS)
  one.deps.largeSettles.leave()
  await working
  assert.deepEqual([one.requests.length, statesOf(one)], [0, ["expired", "expired"]])
})

test("a recipient that names a person again gets the outcome of the first, and is counted", async () => {
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
  await immediate()
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
  await immediate()
  delivery.interrupt()
  await working
  const permit = one.governor.newPermit()
  asked.resolve(permit)
  await immediate()
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

test("after trouble with one call no other begins, those under way end, and the first trouble is reported", async () => {
  const one = new OneMessage({
    chunks: [chunkOf(MANY.slice(0, 1000)), chunkOf(MANY.slice(1000), { index: 1 })],
  })
  one.outbox.onBegin = () => Promise.reject(new StorageError("storage_full"))
  await assert.rejects(work(one), { code: "storage_full" })
  assert.equal(one.outbox.begun.length, 1)
  assert.equal(one.governor.held, 0)
})

test("of two troubles the first is reported, when both calls have ended", async () => {
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
  for (let n = 0; n < 5; n++) await immediate()
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
  for (let n = 0; n < 5; n++) await immediate()
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

test("a recipient that has to wait does so, and the others go", async () => {
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
