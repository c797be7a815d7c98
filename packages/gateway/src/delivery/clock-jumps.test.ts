import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "./testing/start-dispatch.ts"
import type { DispatchUnderTest } from "./testing/start-dispatch.ts"

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/**
 * Shorter than the remaining part of the check's window when a call is no longer repeated: WeCom's clock is put forward
 * first.
 */
const STEP_S = 280

/** How far the wall clock is set, while no time passes: neither here nor at WeCom. */
const JUMPS = [
  ["a day forwards", DAY],
  ["a day back", -DAY],
  ["two hours back", -2 * HOUR],
  ["a second forwards", SECOND],
  ["a second back", -SECOND],
] as const

const settles = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

/** Sets the clock without letting the gateway read it at that moment. */
async function jump(gateway: DispatchUnderTest, ms: number): Promise<void> {
  await settles()
  gateway.clock.jump(ms)
  await gateway.advance(5)
  await settles()
}

for (const [what, by] of JUMPS) {
  test(`N6: the clock goes ${what}: a member is kept inside the limit, and no one waits longer`, async () => {
    await using gateway = await startDispatch()
    const ids: string[] = []
    for (let n = 0; n < 40; n++)
      ids.push(await gateway.post({ users: ["zhangsan"], text: `${n}`, expiresAt: Date.now() + 3 * DAY }))
    await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
    await jump(gateway, by)
    const urgent = await gateway.post({ users: ["zhangsan"], text: "urgent", priority: "high" })
    await gateway.until(async () => (await gateway.recipients(urgent))[0]?.delayedUntil !== undefined)
    assert.equal((await gateway.stats())["recipients"], 30)
    const delayedUntil = (await gateway.recipients(urgent))[0]?.delayedUntil ?? 0
    const waitMs = delayedUntil - gateway.clock.now()
    assert.ok(waitMs > 0 && waitMs <= 61 * SECOND, `shown by the clock as it is now: ${waitMs}`)
    await gateway.advance(60)
    for (const id of [...ids, urgent]) assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal((await gateway.stats())["dropped"], 0)
  })

  test(`N6: the clock goes ${what}: a call in doubt is repeated as soon as it would have been, and shown once`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "reset_after", times: 3 })
    const id = await gateway.post({ users: ["zhangsan"], expiresAt: Date.now() + 3 * DAY })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    await jump(gateway, by)
    await gateway.until(async () => (await gateway.calls()).length >= 2)
    await gateway.advance(10)
    await gateway.until(async () => (await gateway.calls()).length >= 3)
    await gateway.advance(10)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })

  // proves N6: a clock that is set
  test(`N6: the clock goes ${what}: a call in doubt is repeated to the end of the check's window, and not past it`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "reset_after", times: 9999 })
    const id = await gateway.post({ users: ["zhangsan"], expiresAt: Date.now() + 3 * DAY })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    const isInFlight = async (): Promise<boolean> =>
      (await gateway.stores.reader.calls({ messageId: id, limit: 1 })).items[0]?.inFlight === true
    const pass = async (hours: number): Promise<void> => {
      for (let passed = 0; passed < hours * 3600; passed += STEP_S) {
        // A call under way would arrive at WeCom later by all steps that happen during it.
        await gateway.until(async () => !(await isInFlight()), "the call to come back")
        await gateway.advance(STEP_S)
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    }
    await pass(2.5)
    await jump(gateway, by)
    await pass(0.9)
    assert.equal((await gateway.summary(id)).finishedAt, undefined)
    await pass(3.5)
    assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
    // Times of WeCom's own clock, which is never set, and which is put forward a step before the gateway's.
    const calls = await gateway.calls()
    const at = calls.map((call) => new Date(call.at).getTime())
    const tookMs = (at.at(-1) ?? 0) - (at[0] ?? 0)
    assert.ok(tookMs > 3.4 * HOUR && tookMs < (14_400 - 300 + STEP_S) * SECOND, `${tookMs}`)
  })

  test(`N6: the clock goes ${what}: an equal message inside the real window still goes without the check`, async () => {
    await using gateway = await startDispatch()
    await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
    await jump(gateway, by)
    await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
    assert.deepEqual(await gateway.phone("zhangsan"), ["CPU high", "CPU high"])
    await gateway.advance(14_400 - 400)
    await gateway.outcome(await gateway.post({ users: ["lisi"], text: "CPU high" }))
    await gateway.outcome(await gateway.post({ users: ["lisi"], text: "CPU high" }))
    assert.equal((await gateway.stats())["suppressed"], 0)
  })

  test(`N6: the clock goes ${what}: a paused app is tried a minute later, and not before`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
    const id = await gateway.post({ users: ["zhangsan"], expiresAt: Date.now() + 3 * DAY })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
    await jump(gateway, by)
    assert.equal((await gateway.calls()).length, 1)
    await gateway.advance(57)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
  })
}

for (const [what, by] of [
  ["two hours back", -2 * HOUR],
  ["a day back", -DAY],
] as const) {
  test(`N6: the clock went ${what} while the gateway was down: what waits goes out, what is in doubt stays so`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "reset_after" })
    const doubtful = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await gateway.attempts(doubtful))[0]?.result === "in_doubt")
    await gateway.dispatcher.stop(100)
    const waiting = await gateway.post({ users: ["lisi"] })
    gateway.clock.jump(by)
    await gateway.crash()
    assert.deepEqual(await gateway.outcome(waiting), ["sent"])
    // It is unknown how long ago that was, so the call is not repeated.
    assert.deepEqual(await gateway.outcome(doubtful), ["in_doubt"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })
}

// proves N6: a clock that is set
test("N6: the clock is set back to before a call in flight while the gateway is down, and looks right: it stays in doubt", async () => {
  await using gateway = await startDispatch({ settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "hang_after", times: 2 })
  await gateway.post({ users: ["lisi"] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  const id = await gateway.post({ users: ["zhangsan"] })
  await settles()
  // It waits for the other one, and nothing is stored between its post and its call.
  await gateway.advance(10)
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.dispatcher.stop(0)
  gateway.clock.jump(-5 * SECOND)
  await gateway.crash()
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.recipients(id))[0]?.reason, "answer_lost")
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

// proves N6: a clock that is set
test("N6: a day forwards does not expire messages at once; set right again, they go out", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ users: ["zhangsan"], expiresAt: gateway.clock.now() + HOUR })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  await jump(gateway, DAY)
  await gateway.advance(120)
  await settles()
  assert.deepEqual(await gateway.states(id), ["pending"], "neither expired nor sent past its time")
  await jump(gateway, -DAY)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("N6: five minutes after a day forwards what is past its time expires", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 99 })
  const id = await gateway.post({ users: ["zhangsan"], expiresAt: gateway.clock.now() + HOUR })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  await jump(gateway, DAY)
  await gateway.advance(290)
  await settles()
  assert.deepEqual(await gateway.states(id), ["pending"])
  await gateway.advance(10)
  assert.deepEqual(await gateway.outcome(id), ["expired"])
})

// proves N6: a clock that is set
test("N6: what was accepted by a clock that was 20 days fast waits for the room of its member, and not for that day", async () => {
  await using gateway = await startDispatch()
  await jump(gateway, 20 * DAY)
  const ids: string[] = []
  for (let n = 0; n < 32; n++) ids.push(await gateway.post({ users: ["zhangsan"], text: `${n}` }))
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
  // The clock is six days slow, and then corrected: the message looks expired for a moment, and is given back.
  await jump(gateway, -26 * DAY)
  await jump(gateway, 6 * DAY)
  await gateway.advance(62)
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("N6: what is scheduled goes out when the clock says so, however it came to say so", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({
    users: ["zhangsan"],
    sendAt: gateway.clock.now() + 2 * HOUR,
    expiresAt: gateway.clock.now() + 9 * DAY,
  })
  await jump(gateway, -HOUR)
  assert.equal((await gateway.summary(id)).state, "scheduled")
  await jump(gateway, 2 * HOUR)
  assert.equal((await gateway.summary(id)).state, "scheduled")
  await gateway.advance(3600)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("N6: two hours back, messages with one order key still go one after another", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 1 })
  const first = await gateway.post({ users: ["zhangsan"], text: "一", orderKey: "k" })
  await gateway.until(async () => (await gateway.attempts(first))[0]?.result === "refused")
  const second = await gateway.post({ users: ["zhangsan"], text: "二", orderKey: "k" })
  await jump(gateway, -2 * HOUR)
  const third = await gateway.post({ users: ["zhangsan"], text: "三", orderKey: "k" })
  await gateway.advance(61)
  for (const id of [first, second, third]) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["一", "二", "三"])
})
