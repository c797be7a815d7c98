import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

/** More calls than a message has whose calls are all read together. */
const CALLS = 6
const USERS = Array.from({ length: CALLS * 1000 }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)

/** One of the recipients waits for its look-up all the time, so that calls are planned while others are repeated. */
function startWithoutLookups(): Promise<DispatchUnderTest> {
  return startDispatch({
    simulator: { members: USERS.length },
    settings: { member_per_minute: null, member_per_hour: null },
    corpSettings: { lookup_miss_budget: 0 },
  })
}

async function sendsOf(gateway: DispatchUnderTest) {
  return (await gateway.calls()).filter(({ path }) => path === "/cgi-bin/message/send")
}

/** Repeats take longer than the planning. */
async function untilAllAreSent(gateway: DispatchUnderTest, id: string): Promise<void> {
  for (let seconds = 0; (await gateway.summary(id)).counts.sent < USERS.length; seconds++) {
    assert.ok(seconds < 60, JSON.stringify((await gateway.summary(id)).counts))
    await gateway.advance(1)
    await sleep(50)
  }
}

// proves 29.E7: a message to many that waits
test("issue 29, E7: of a message to many, a call that is being repeated is left alone by what plans its other calls", async () => {
  await using gateway = await startWithoutLookups()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, times: CALLS })
  const id = await gateway.post({ users: USERS, mobiles: ["13912345678"] })
  await gateway.until(async () => (await gateway.attempts(id)).length === CALLS, "all to be tried")
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 500, times: 100 })
  await untilAllAreSent(gateway, id)
  const results = Map.groupBy(await gateway.attempts(id), ({ result }) => result)
  assert.deepEqual([results.get("refused")?.length, results.get("accepted")?.length, results.size], [CALLS, CALLS, 2])
  assert.equal((await sendsOf(gateway)).length, 2 * CALLS)
})

// proves 29.E7: a message to many that waits
test("issue 29, E7: so it is after the end of a process that had them under way, and each person gets one copy", async () => {
  await using gateway = await startWithoutLookups()
  await gateway.fault({ path: "message/send", kind: "hang_after", times: CALLS })
  const id = await gateway.post({ users: USERS, mobiles: ["13912345678"] })
  await gateway.until(async () => (await sendsOf(gateway)).length === CALLS, "all to be under way")
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 500, times: 100 })
  await gateway.crash()
  await untilAllAreSent(gateway, id)
  const sends = await sendsOf(gateway)
  assert.equal(sends.length, 2 * CALLS)
  assert.equal(new Set(sends.flatMap(({ shown }) => shown)).size, USERS.length)
  assert.equal(sends.flatMap(({ shown }) => shown).length, USERS.length)
})

/** One step of a faulty day: the next `times` sends meet a fault, seconds pass, or the process ends. */
const STEPS = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      times: fc.integer({ min: 1, max: 4 }),
      fault: fc.constantFrom(
        { kind: "errcode", errcode: -1 },
        { kind: "http_status", status: 502 },
        { kind: "slow", delay_ms: 150 },
        { kind: "reset_before" },
        { kind: "reset_after" },
        { kind: "hang_before" },
        { kind: "hang_after" },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ seconds: fc.constantFrom(1, 1, 2, 5, 20, 60) }) },
  { weight: 1, arbitrary: fc.constant("crash" as const) },
)

// proves 29.E7: a message to many that waits
test("of a message to many, whatever faults its sends meet, each person gets one copy and is shown as sent", async () => {
  const day = fc.record({ steps: fc.array(STEPS, { minLength: 12, maxLength: 24 }), waits: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(day, async ({ steps, waits }) => {
      await using gateway = await startDispatch({
        simulator: { members: USERS.length },
        ...(waits && { corpSettings: { lookup_miss_budget: 0 } }),
        attemptTimeoutMs: 400,
      })
      const id = await gateway.post({ users: USERS, mobiles: ["13912345678"] })
      for (const step of steps) {
        if (step === "crash") await gateway.crash()
        else if ("seconds" in step) await gateway.advance(step.seconds)
        else await gateway.fault({ path: "message/send", times: step.times, ...step.fault })
        await sleep(40)
      }
      await gateway.control("DELETE", "faults")
      // Long before the four hours after which a call that may have arrived is no longer repeated.
      for (let looks = 0; (await gateway.summary(id)).counts.sent < USERS.length; looks++) {
        assert.ok(looks < 1000, JSON.stringify((await gateway.summary(id)).counts))
        await gateway.advance(5)
        await sleep(10)
      }
      const shown = (await sendsOf(gateway)).flatMap((send) => send.shown)
      assert.deepEqual([shown.length, new Set(shown).size], [USERS.length, USERS.length])
    }),
    { numRuns: 4, endOnFailure: true },
  )
})
