import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { OneMessage } from "../testing/one-message.ts"

const DAY_MS = 24 * HOUR_MS

/** Whether it has ended by now. */
async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false
  const end = (): void => void (ended = true)
  promise.then(end, end)
  await immediate()
  return ended
}

test("calls are numbered on from the last of the message", () => {
  const { run } = new OneMessage({ callCount: 3 })
  assert.deepEqual([run.nextCallNumber(), run.nextCallNumber()], [4, 5])
})

test("a message keeps its place in the queue by the time it was to go out at, or by now", () => {
  assert.equal(new OneMessage({ sendAt: NOON - 5 }).run.queuePosition(), NOON - 5)
  assert.equal(new OneMessage({ sendAt: NOON + 5 }).run.queuePosition(), NOON)
})

test("a message is expired from its time on", () => {
  const one = new OneMessage({ expiresAt: NOON + DAY_MS })
  one.machine.advance(DAY_MS - 1)
  assert.equal(one.run.isExpired(), false)
  one.machine.advance(1)
  assert.deepEqual([one.run.isExpired(), one.run.expiryGraceUntil()], [true, undefined])
})

test("when only a clock that was set says so, that is certain five minutes later", () => {
  const one = new OneMessage({ expiresAt: NOON + DAY_MS })
  one.machine.jump(DAY_MS)
  assert.equal(one.run.isExpired(), true)
  one.machine.advance(60_000)
  assert.equal(one.run.expiryGraceUntil(), NOON + DAY_MS + 300_000)
  one.machine.advance(240_000)
  assert.equal(one.run.expiryGraceUntil(), undefined)
})

test("after an interrupt nothing begins, the message is read anew at once, and it is not lost", () => {
  const { run } = new OneMessage()
  assert.deepEqual([run.isHalted(), run.isLost], [false, false])
  run.interrupt()
  assert.deepEqual([run.isHalted(), run.isLost, run.nextWake.nextAt], [true, false, -Infinity])
})

test("a message that is lost stays so when it is interrupted, and one that is interrupted may be lost", () => {
  const lost = new OneMessage().run
  lost.lose()
  lost.interrupt()
  assert.deepEqual([lost.isHalted(), lost.isLost], [true, true])
  const interrupted = new OneMessage().run
  interrupted.interrupt()
  interrupted.lose()
  assert.equal(interrupted.isLost, true)
})

test("nothing begins while the gateway stops", () => {
  const one = new OneMessage()
  one.stopping.abort()
  assert.deepEqual([one.run.isHalted(), one.run.isLost], [true, false])
})

for (const way of ["interrupt", "lose"] as const) {
  test(`a caller that waits for a halt is answered: ${way}`, async () => {
    const { run } = new OneMessage()
    const waiting = [run.halted(), run.halted()]
    assert.equal(await hasEnded(Promise.race(waiting)), false)
    run[way]()
    assert.equal(await hasEnded(Promise.all(waiting)), true)
    assert.equal(await hasEnded(run.halted()), true, "also who comes later")
  })

  test(`a caller that asks after it is answered at once: ${way}`, async () => {
    const { run } = new OneMessage()
    run[way]()
    assert.equal(await hasEnded(run.halted()), true)
  })

  test(`a pause ends: ${way}`, async () => {
    const { run, machine } = new OneMessage()
    const pause = run.pause(1000)
    assert.equal(await hasEnded(pause), false)
    run[way]()
    assert.equal(await hasEnded(pause), true)
    assert.deepEqual(machine.sleeps, [1000])
    await run.pause(1000)
    assert.equal(machine.sleeps.length, 1, "after it there is none")
  })
}

test("a pause takes as long as it is to, unless the gateway stops", async () => {
  const one = new OneMessage()
  const first = one.run.pause(1000)
  one.machine.advance(999)
  assert.equal(await hasEnded(first), false)
  one.machine.advance(1)
  assert.equal(await hasEnded(first), true)
  const second = one.run.pause(1000)
  one.stopping.abort()
  assert.equal(await hasEnded(second), true)
  await second
})

test("what is waited for comes in time", async () => {
  const { run, machine } = new OneMessage()
  const awaited = Promise.withResolvers<string>()
  const within = run.within(awaited.promise, 1000)
  await immediate()
  assert.deepEqual([machine.sleeps, machine.sleepers], [[1000], 1])
  awaited.resolve("it")
  assert.equal(await within, "it")
  await immediate()
  assert.equal(machine.sleepers, 0, "its sleep has ended")
})

test("what takes longer is not waited for, nor what is halted or stopped meanwhile", async () => {
  const never = new Promise<never>(() => undefined)
  for (const end of [
    (one: OneMessage) => one.machine.advance(1000),
    (one: OneMessage) => one.run.interrupt(),
    (one: OneMessage) => one.stopping.abort(),
  ]) {
    const one = new OneMessage()
    const within = one.run.within(never, 1000)
    assert.equal(await hasEnded(within), false)
    end(one)
    assert.equal(await within, undefined)
  }
})

test("what fails while it is waited for fails here, and a clock that does so too", async () => {
  const one = new OneMessage()
  await assert.rejects(one.run.within(Promise.reject(new RangeError("it")), 1000), RangeError)
  one.machine.sleep = () => Promise.reject(new TypeError("the clock"))
  await assert.rejects(one.run.pause(1000), TypeError)
})

test("a message that waits for look-ups gives up its place at work, and takes it again", () => {
  const one = new OneMessage()
  const waiting = one.run.waitForLookUps()
  assert.ok(waiting !== undefined)
  assert.deepEqual(one.slots, ["release"])
  waiting[Symbol.dispose]()
  assert.deepEqual(one.slots, ["release", "take"])
})

test("only so many messages wait, and one that has waited makes room", () => {
  const one = new OneMessage()
  const waiting = Array.from({ length: 16 }, () => one.run.waitForLookUps())
  assert.equal(one.run.waitForLookUps(), undefined)
  assert.equal(one.slots.length, 16, "it keeps its place")
  waiting[0]?.[Symbol.dispose]()
  assert.ok(one.run.waitForLookUps() !== undefined)
})

test("a message is finished when all who were pending are final by its own calls", () => {
  const { run } = new OneMessage({ to: ["1", "2", "3"] })
  assert.equal(run.isFinished, false)
  run.settled(2)
  assert.equal(run.isFinished, false)
  run.settled(1)
  assert.equal(run.isFinished, true)
})

test("a message whose recipients changed otherwise, or that was interrupted, does not count as finished", async () => {
  for (const meddle of [
    (one: OneMessage) => one.run.update({ updates: [] }),
    (one: OneMessage) => Promise.resolve(one.run.interrupt()),
  ]) {
    const one = new OneMessage()
    await meddle(one)
    one.run.settled(1)
    assert.equal(one.run.isFinished, false)
  }
})

test("a change is stored with its time; of a message that is gone there is nothing more to do", async () => {
  const one = new OneMessage()
  const changed = await one.run.update({ updates: [], problem: null })
  assert.deepEqual(one.outbox.updates, [{ messageId: "msg_1", at: NOON, updates: [], problem: null }])
  assert.deepEqual([changed?.changed, one.run.isLost], [0, false])
  one.outbox.isGone = true
  assert.equal(await one.run.update({ updates: [] }), undefined)
  assert.equal(one.run.isLost, true)
})

test("a change of another message says nothing of this one", async () => {
  const one = new OneMessage()
  one.outbox.isGone = true
  await one.run.updateOf("msg_2", { updates: [] })
  assert.equal(one.outbox.updates[0]?.messageId, "msg_2")
  assert.equal(one.run.isLost, false)
  one.run.settled(1)
  assert.equal(one.run.isFinished, true)
})

test("only a message that names files of the gateway has some", () => {
  assert.equal(new OneMessage().run.media, undefined)
  const image = { msgtype: "image", parts: ['{"msgtype":"image","image":{"media_id":"med_1"}}'] }
  assert.ok(new OneMessage(image).run.media !== undefined)
  assert.equal(new OneMessage({ parts: ["{}", "{}"] }).run.partCount, 2)
})
