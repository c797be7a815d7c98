import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { numbered, SchedulerUnderTest } from "../testing/scheduler-under-test.ts"

const SECOND = 1000
const MINUTE = 60 * SECOND

test("at the start all apps are looked at, and what is due is handed out", async () => {
  const under = new SchedulerUnderTest()
  under.put(["msg_1"])
  under.put(["msg_2"], { app: "hr" })
  under.queue.wake()
  await under.quiet()
  assert.deepEqual([under.ids, under.looks, under.log], [[], [], []], "no work yet")
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual([under.ids, under.looks, under.looksAtAll], [["msg_1", "msg_2"], ["alerts", "hr"], 1])
  assert.equal(under.turns, 1)
  assert.deepEqual(under.claims[0], { app: "alerts", priority: "normal", now: NOON, limit: 512, leaseMs: 120 * SECOND })
})

test("of an app that has something due now only that one is looked at", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_hr"], { app: "hr" })
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual([under.ids, under.looks, under.looksAtAll], [["msg_1"], ["alerts"], 0])
  under.post(["msg_2"], { dueAt: NOON })
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1", "msg_2"])
  assert.ok(!under.machine.sleeps.includes(0), "it was put off")
})

test("a queue with nothing to wait for does not sleep", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  await under.advance(5 * SECOND)
  await under.finish("msg_1")
  await under.advance(SECOND)
  assert.equal(under.machine.sleepers, 0)
  under.post(["msg_2"], { dueAt: NOON + 9 * SECOND })
  under.rows.length = 0
  await under.advance(4 * SECOND)
  assert.deepEqual([under.looks.length, under.machine.sleepers], [3, 0])
})

test("what is reported together is one turn", async () => {
  const under = await SchedulerUnderTest.started()
  for (let n = 0; n < 5; n++) under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual([under.looks, under.turns], [["alerts"], 1])
})

test("what will be due is looked at then, and not before", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.post(["msg_2"], { dueAt: NOON + 9 * SECOND, app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, [])
  await under.advance(5 * SECOND - 1)
  assert.deepEqual(under.looks, [])
  await under.advance(1)
  assert.deepEqual([under.ids, under.looks], [["msg_1"], ["alerts"]])
  await under.advance(4 * SECOND)
  assert.deepEqual(
    [under.ids, under.looks],
    [
      ["msg_1", "msg_2"],
      ["alerts", "hr"],
    ],
  )
  assert.equal(under.looksAtAll, 0)
})

test("of several times of an app the earliest counts, whichever is reported last", async () => {
  for (const times of [
    [3, 8],
    [8, 3],
  ]) {
    const under = await SchedulerUnderTest.started()
    for (const seconds of times) under.post([`msg_${seconds}`], { dueAt: NOON + seconds * SECOND })
    await under.advance(3 * SECOND)
    assert.deepEqual(under.ids, ["msg_3"])
    await under.advance(5 * SECOND)
    assert.deepEqual(under.ids, ["msg_3", "msg_8"])
  }
})

test("what a look finds to be due later is looked at then, and not before", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_2"], { dueAt: NOON + 5 * SECOND, priority: "bulk" })
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
  under.forget()
  await under.advance(4 * SECOND)
  assert.deepEqual(under.looks, [])
  await under.advance(SECOND)
  assert.deepEqual([under.ids, under.looks], [["msg_1", "msg_2"], ["alerts"]])
})

test("other times are not forgotten when one has come", async () => {
  const under = await SchedulerUnderTest.started()
  for (const [app, ms] of [
    ["a", 6100],
    ["b", 2500],
    ["c", 4200],
  ] as const) {
    under.post([app], { app, dueAt: NOON + ms })
  }
  for (const [ms, expected] of [
    [2500, ["b"]],
    [1700, ["b", "c"]],
    [1900, ["b", "c", "a"]],
  ] as const) {
    for (let passed = 0; passed < ms; passed += 100) await under.advance(100)
    assert.deepEqual(under.looks, expected)
  }
})

test("what is due while something of the app is at work is handed out then, whatever its priority", async () => {
  for (const priority of ["high", "normal", "bulk"] as const) {
    const under = await SchedulerUnderTest.started()
    under.put(["msg_2"], { dueAt: NOON + 5 * SECOND, priority })
    under.post(["msg_1"])
    await under.quiet()
    assert.deepEqual(under.ids, ["msg_1"])
    await under.advance(5 * SECOND)
    assert.deepEqual(under.ids, ["msg_1", "msg_2"])
  }
})

test("where more is due than is taken nothing behind it is looked at, and another priority has its time all the same", async () => {
  const under = new SchedulerUnderTest()
  under.put(numbered(600))
  under.put(["high", "next"], { priority: "high", dueAt: NOON + SECOND })
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual([under.ids.length, under.asked], [512, ["alerts"]])
  await under.advance(SECOND)
  assert.deepEqual(under.ids.slice(512), ["high", "next"])
})

test("a turn for another reason looks at none whose time has not come", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, ["hr"])
})

test("now and then all apps are looked at, should the word of one have been lost", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["lost"], { dueAt: NOON })
  under.post(["msg_1"], { app: "hr", dueAt: NOON + MINUTE - 1 })
  await under.advance(MINUTE - 1)
  assert.deepEqual([under.looksAtAll, under.ids], [0, ["msg_1"]])
  await under.advance(1)
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.deepEqual([under.looksAtAll, under.ids], [1, ["msg_1", "lost"]])
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.equal(under.looksAtAll, 1)
})

test("a time that has come while something else was looked at is not missed", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_1"], { dueAt: NOON + 500 })
  under.onWaiting = async () => {
    under.onWaiting = () => Promise.resolve()
    under.machine.advance(600)
  }
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
})

test("a look at all apps forgets no time of theirs", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.queue.wake()
  await under.quiet()
  under.forget()
  await under.advance(5 * SECOND)
  assert.deepEqual([under.ids, under.looks], [["msg_1"], ["alerts"]])
})

test("and looks at no app twice for a time that it had before", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.rows.length = 0
  under.queue.wake()
  await under.quiet()
  await under.advance(5 * SECOND)
  assert.deepEqual(under.looks, [])
})

test("an app that becomes ready during a turn has another", async () => {
  const under = await SchedulerUnderTest.started()
  const gate = Promise.withResolvers<void>()
  under.onWaiting = () => gate.promise
  under.post(["msg_1"])
  await under.quiet()
  under.post(["msg_2"], { app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, ["alerts"])
  gate.resolve()
  await under.quiet()
  assert.deepEqual(
    [under.looks, under.ids],
    [
      ["alerts", "hr"],
      ["msg_1", "msg_2"],
    ],
  )
  under.forget()
  await under.quiet()
  assert.deepEqual(under.looks, [])
})

test("nothing is handed out before the worker is ready", async () => {
  const under = new SchedulerUnderTest()
  const isReady = Promise.withResolvers<void>()
  under.ready = () => isReady.promise
  under.put(["msg_1"])
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual(under.ids, [])
  isReady.resolve()
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
})

test("the three priorities are served in their order, and one without anything due is not asked for", async () => {
  const under = new SchedulerUnderTest()
  under.put(["bulk"], { priority: "bulk" })
  under.put(["later"], { priority: "normal", dueAt: NOON + SECOND })
  under.put(["high"], { priority: "high" })
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual(
    [under.ids, under.claims.map(({ priority }) => priority)],
    [
      ["high", "bulk"],
      ["high", "bulk"],
    ],
  )
})

test("between sixteen apps and the next others have their turn", async () => {
  const under = new SchedulerUnderTest()
  for (const app of numbered(40, "app")) under.put([`msg ${app}`], { app })
  const seen: number[] = []
  under.queue.start(under.worker)
  while (under.looks.length < 40) {
    await immediate()
    seen.push(under.looks.length)
  }
  assert.deepEqual(
    [...new Set(seen)].filter((looks) => looks > 0),
    [16, 32, 40],
  )
})

test("of an app that cannot be used nothing is looked at", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "unusable" })
  under.post(["msg_1"])
  await under.advance(30 * SECOND)
  assert.deepEqual([under.asked, under.ids], [[], []])
})

test("of a closed app nothing is handed out before it may try, and then the oldest, of whatever priority, alone", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON + 5 * SECOND })
  under.put(["young"], { priority: "high", dueAt: NOON - SECOND })
  under.put(["old"], { priority: "bulk", dueAt: NOON - 3 * SECOND })
  under.post(["middle"], { dueAt: NOON - 2 * SECOND })
  await under.advance(5 * SECOND - 1)
  assert.deepEqual([under.ids, under.claims], [[], []])
  await under.advance(1)
  assert.deepEqual(under.ids, ["old"])
  assert.deepEqual(
    under.claims.map(({ priority, limit }) => [priority, limit]),
    [["bulk", 1]],
  )
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.ids, ["old"], "one at a time")
  await under.finish("old")
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.ids, ["old", "middle"], "the next may try when that one has ended")
})

test("one that waits alone finds out too", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON + 5 * SECOND })
  under.post(["msg_1"])
  await under.quiet()
  await under.advance(5 * SECOND)
  assert.deepEqual(under.ids, ["msg_1"])
})

test("the message that finds out brings the others when it ends, also where it had given up its place", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.post(["msg_1", "msg_2"])
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
  under.of("msg_1").slot.release()
  await under.quiet()
  under.readinessOf.delete("alerts")
  await under.finish("msg_1")
  assert.deepEqual(under.ids, ["msg_1", "msg_2"])
})

test("a closed app of which nothing is due is not looked at when it may try", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON + 5 * SECOND })
  under.put(["msg_1"], { dueAt: NOON + 9 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  under.forget()
  await under.advance(6 * SECOND)
  assert.deepEqual(under.looks, [])
  await under.advance(3 * SECOND)
  assert.deepEqual([under.looks, under.ids], [["alerts"], ["msg_1"]])
})

test("a closed app that may try, with nothing due, claims nothing", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.put(["msg_1"], { dueAt: NOON + 9 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual([under.claims, under.ids], [[], []])
})

test("the message that finds out goes although many of the app are at work", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(numbered(512))
  await under.quiet()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.post(["probe"])
  await under.quiet()
  assert.equal(under.ids.at(-1), "probe")
})

test("expired messages are looked for every second while there are any messages", async () => {
  const under = await SchedulerUnderTest.started()
  await under.advance(5 * SECOND)
  assert.equal(under.expiredQueries.length, 0, "there are none")
  under.post(["msg_1"], { dueAt: NOON + HOUR_MS, expiresAt: NOON + 8 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  const query = { now: NOON + 5 * SECOND, limit: 100, leaseMs: 120 * SECOND }
  assert.deepEqual(under.expiredQueries, [query])
  under.queue.wake({ app: "alerts" })
  await under.advance(SECOND - 1)
  assert.equal(under.expiredQueries.length, 1)
  await under.advance(1)
  assert.equal(under.expiredQueries.length, 2)
  await under.advance(SECOND)
  assert.deepEqual([under.expiredQueries.length, under.ids], [3, []])
  await under.advance(SECOND)
  assert.deepEqual([under.expiredQueries.length, under.ids], [4, ["msg_1"]])
})

test("a message that expires is not the one that finds out whether a closed app may continue", async () => {
  const under = await SchedulerUnderTest.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.put(["expired"], { dueAt: NOON + HOUR_MS, expiresAt: NOON })
  under.queue.wake({ app: "hr" })
  await under.quiet()
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(under.ids, ["expired", "msg_1"])
})

test("a hundred at a time, and at once the next hundred", async () => {
  for (const [count, queries] of [
    [99, 1],
    [100, 2],
    [150, 2],
  ] as const) {
    const under = await SchedulerUnderTest.started()
    under.put(numbered(count), { dueAt: NOON + HOUR_MS, expiresAt: NOON })
    under.queue.wake({ app: "alerts" })
    await under.quiet()
    assert.deepEqual([under.handed.length, under.expiredQueries.length], [count, queries])
  }
})

test("the worker is asked about the app first, or it would not know it", async () => {
  const under = await SchedulerUnderTest.started()
  const asked: string[] = []
  under.worker.readiness = async (app) => {
    asked.push(`${app} ${under.handed.length}`)
    return { kind: "unusable" }
  }
  under.put(["msg_1"], { dueAt: NOON + HOUR_MS, expiresAt: NOON })
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.equal(asked[0], "alerts 0")
  assert.deepEqual(under.ids, ["msg_1"])
})

test("after the clock was set forward they expire later, and are kept for as much longer", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_1"], { dueAt: NOON + 9 * HOUR_MS, expiresAt: NOON + HOUR_MS })
  under.machine.jump(2 * HOUR_MS)
  under.queue.clockJumped()
  await under.quiet()
  const query = { now: NOON, limit: 100, leaseMs: 120 * SECOND + 2 * HOUR_MS }
  assert.deepEqual([under.expiredQueries.at(-1), under.ids], [query, []])
})

test("a message that only looks expired comes again at once, unless it is scheduled for later", async () => {
  const HOUR_LATER = NOON + HOUR_MS
  for (const [row, nextAt] of [
    [{ acceptedAt: HOUR_LATER, sendAt: HOUR_LATER }, NOON],
    [{ acceptedAt: NOON, sendAt: HOUR_LATER }, HOUR_LATER],
  ] as const) {
    const under = await SchedulerUnderTest.started()
    under.put(["msg_1"], { ...row, dueAt: HOUR_LATER, expiresAt: NOON, livesUntil: NOON + 24 * HOUR_MS })
    under.queue.wake({ app: "hr" })
    await under.quiet()
    assert.deepEqual(
      under.releases.map((release) => release.nextAt),
      [nextAt],
    )
  }
})

test("when the clock was set all apps are looked at, claims renewed and expired messages looked for at once", async () => {
  for (const jump of [-HOUR_MS, HOUR_MS]) {
    const under = await SchedulerUnderTest.started()
    under.post(["msg_1"])
    await under.quiet()
    under.queue.wake({ app: "alerts" })
    await under.quiet()
    under.forget()
    under.machine.jump(jump)
    under.queue.clockJumped()
    await under.quiet()
    assert.deepEqual([under.looksAtAll, under.renewals.length, under.expiredQueries.length], [1, 1, 1])
    under.forget()
    await under.advance(SECOND)
    assert.equal(under.expiredQueries.length, 1, "the timer goes by the new time")
  }
})

test("a time that was noted before the clock was set back does not keep others from theirs", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"], { dueAt: NOON + HOUR_MS })
  under.machine.jump(-2 * HOUR_MS)
  under.rows.forEach((row) => (row.dueAt = NOON - 2 * HOUR_MS + 5 * SECOND))
  under.queue.clockJumped()
  await under.quiet()
  await under.advance(5 * SECOND)
  assert.deepEqual(under.ids, ["msg_1"])
})

test("no sleep is longer than a timer can be", async () => {
  const under = await SchedulerUnderTest.started()
  under.machine.sleeps.length = 0
  under.post(["msg_1"], { dueAt: NOON + 90 * 24 * HOUR_MS })
  assert.deepEqual(under.machine.sleeps, [0x7fff_ffff])
  assert.equal(under.machine.sleepers, 1)
  under.queue.wake({ app: "alerts", at: NOON + 90 * 24 * HOUR_MS })
  assert.equal(under.machine.sleeps.length, 1, "the one timer is set already")
  under.queue.wake({ app: "alerts", at: NOON + 30 * SECOND })
  await immediate()
  assert.deepEqual([under.machine.sleeps.at(-1), under.machine.sleepers], [30 * SECOND, 1])
  under.queue.wake({ app: "alerts", at: NOON + 40 * SECOND })
  await immediate()
  assert.equal(under.machine.sleeps.length, 2, "the earlier one rings first")
})

test("after trouble with the store all apps are looked at again in a second, and that is logged", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_hr"], { app: "hr" })
  under.troubles.waiting = new StorageError("storage_busy")
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(
    under.log.map(({ fields }) => fields),
    [{ code: "storage_busy" }],
  )
  assert.deepEqual(under.ids, [])
  await under.advance(999)
  assert.deepEqual(under.ids, [])
  await under.advance(1)
  assert.deepEqual([new Set(under.ids), under.looksAtAll], [new Set(["msg_1", "msg_hr"]), 1])
})

test("so it is when there was trouble before anything was looked at", async () => {
  const under = await SchedulerUnderTest.started()
  under.ready = () => {
    under.ready = () => Promise.resolve()
    return Promise.reject(new StorageError("storage_busy"))
  }
  under.post(["msg_1"])
  await under.quiet()
  await under.advance(999)
  assert.deepEqual([under.ids, under.log.length], [[], 1])
  await under.advance(1)
  assert.deepEqual(under.ids, ["msg_1"])
})

test("trouble while the gateway stops is not logged", async () => {
  const under = await SchedulerUnderTest.started()
  under.onWaiting = async () => under.stopping.abort()
  under.troubles.waiting = new StorageError("storage_closed")
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(under.log, [])
})

test("when the gateway stops nothing is looked at or handed out any more, and no listener or timer is left", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["later"], { dueAt: NOON + 5 * SECOND })
  assert.equal(under.listeners, 1)
  under.stopping.abort()
  await under.quiet()
  assert.deepEqual([under.listeners, under.machine.sleepers], [0, 0])
  under.forget()
  under.queue.wake()
  under.queue.wake({ app: "alerts" })
  under.queue.wake({ app: "alerts", at: NOON + SECOND })
  await under.advance(10 * SECOND)
  assert.deepEqual([under.looks, under.looksAtAll, under.machine.sleepers], [[], 0, 0])
})

test("what is claimed at that moment is not begun, and no other app is looked at", async () => {
  const under = await SchedulerUnderTest.started()
  under.put(["msg_1"])
  under.put(["msg_2"], { app: "hr" })
  under.onWaiting = async () => under.stopping.abort()
  under.queue.wake()
  await under.quiet()
  assert.deepEqual([under.looks, under.ids], [["alerts"], []])
  await under.queue.idle()
})
