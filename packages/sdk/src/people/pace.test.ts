import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { Pace } from "./pace.ts"

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
        assert.equal(await pace.take(Infinity), true)
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

test("a place is free again at most a sixtieth of the window late", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [{ limit: 2, windowMs: 60_000 }])
  const start = clock.now()
  for (let turn = 0; turn < 3; turn++) await pace.take(Infinity)
  assert.ok(clock.now() - start <= 61_000)
})

test("no place before the deadline is told at once, without a wait", async () => {
  const clock = leapingClock()
  const pace = new Pace(clock, [{ limit: 1, windowMs: 60_000 }])
  await pace.take(Infinity)
  assert.equal(await pace.take(clock.now() + 10_000), false)
  assert.deepEqual(clock.pausesMs, [])
})
