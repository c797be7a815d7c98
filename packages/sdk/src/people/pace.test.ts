import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { Pace } from "./pace.ts"
import type { PaceWait } from "./pace.ts"

test("no window of a rule ever holds more than its limit, whatever the rhythm of the callers", async () => {
  const rules = [
    { limit: 5, windowMs: 60_000 },
    { limit: 12, windowMs: 300_000 },
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 40_000 }), { maxLength: 60 }), async (gaps) => {
      const clock = leapingClock()
      const pace = new Pace(clock, rules)
      const taken: number[] = []
      for (const gap of gaps) {
        clock.advance(gap)
        assert.equal(await pace.take(PATIENT), true)
        taken.push(clock.now())
      }
      for (const { limit, windowMs } of rules) {
        for (const [index, at] of taken.entries()) {
          const earlier = taken[index - limit]
          assert.ok(earlier === undefined || at - earlier >= windowMs)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test("what has passed counts when the rules are others", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [{ limit: 3, windowMs: 60_000 }])
  for (let n = 0; n < 2; n++) await pace.take(PATIENT)
  const start = clock.now()
  pace.change([{ limit: 2, windowMs: 60_000 }])
  assert.equal(await pace.take(() => clock.now() + 1000), false)
  pace.change([{ limit: 3, windowMs: 60_000 }])
  assert.equal(await pace.take(PATIENT), true)
  assert.equal(clock.now(), start)
  pace.change([{ limit: Infinity, windowMs: 60_000 }])
  for (let n = 0; n < 10; n++) await pace.take(PATIENT)
  assert.equal(clock.now(), start)
})

test("a place is free again at most a sixtieth of the window late", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [{ limit: 2, windowMs: 60_000 }])
  const start = clock.now()
  for (let turn = 0; turn < 3; turn++) await pace.take(PATIENT)
  assert.ok(clock.now() - start <= 61_000)
})

test("no place before the deadline is reported at once, without a wait", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [{ limit: 1, windowMs: 60_000 }])
  await pace.take(PATIENT)
  assert.equal(await pace.take(() => clock.now() + 10_000), false)
  assert.deepEqual(clock.pausesMs, [])
})

test("a caller that must wait gets the rule, the time, and how long many more will take", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [
    { limit: 60, windowMs: 60_000 },
    { limit: 150, windowMs: 3_600_000 },
  ])
  const waits: (PaceWait & { readonly msFor31: number })[] = []
  const note = (wait: PaceWait): void => void waits.push({ ...wait, msFor31: wait.msFor(31) })
  const takeMany = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) await pace.take(PATIENT, undefined, note)
  }
  await takeMany(60)
  assert.equal(waits.length, 0)
  const start = clock.now()
  await takeMany(1)
  assert.equal(waits[0]?.rule.limit, 60)
  assert.equal(waits[0]?.ms, clock.now() - start)
  await takeMany(59)
  waits.length = 0
  const before = clock.now()
  await takeMany(1)
  const forecastMs = waits[0]?.msFor31 ?? 0
  await takeMany(30)
  // 30 of them find the hour's 150 used up.
  assert.equal(waits.at(-1)?.rule.limit, 150)
  assert.equal(clock.now() - before, forecastMs)
  assert.ok(forecastMs > 3_400_000 && forecastMs <= 3_600_000, `${forecastMs} ms`)
})

test("a wall clock that is set back an hour makes no caller wait for an hour", async () => {
  const leaping = leapingClock()
  let offset = 0
  const clock = { ...leaping, now: () => leaping.now() + offset, monotonic: () => leaping.now() }
  const pace = new Pace(clock, [{ limit: 2, windowMs: 60_000 }])
  const start = leaping.now()
  for (let turn = 0; turn < 2; turn++) await pace.take(PATIENT)
  offset = -3_600_000
  await pace.take(PATIENT)
  assert.ok(leaping.now() - start <= 61_000)
})

const PATIENT = (): number => Infinity
