import assert from "node:assert/strict"
import { test } from "node:test"
import { ClockWatch } from "./clock-watch.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

for (const [what, by, seen] of [
  ["a day forwards", DAY, DAY],
  ["a day back", -DAY, -DAY],
  ["two hours back", -2 * HOUR, -2 * HOUR],
  ["a second forwards", SECOND, SECOND],
  ["a second back", -SECOND, -SECOND],
  ["half a second forwards", 500, 500],
  ["half a second back", -500, -500],
  ["less than half a second forwards, which is drift", 499, 0],
  ["less than half a second back, which is drift", -499, 0],
  ["nothing", 0, 0],
] as const) {
  // proves N6: a clock that is set
  test(`N6: the wall clock goes ${what}: it is seen once, and time passes as before`, () => {
    const watch = new ClockWatch(NOON, 5000)
    assert.equal(watch.look(NOON + 60_000, 65_000), 0, "time that passes is no jump")
    assert.equal(watch.look(NOON + 61_000 + by, 66_000), seen)
    assert.equal(watch.look(NOON + 71_000 + by, 76_000), 0)
  })
}

test("N6: drift never adds up to a jump", () => {
  const watch = new ClockWatch(NOON, 0)
  for (let n = 1; n <= 1000; n++) assert.equal(watch.look(NOON + n * 1010, n * 1000), 0)
})

test("N6: a look back over a window reaches as much further as the clock leapt in it, and no further after", () => {
  const watch = new ClockWatch(NOON, 0)
  watch.look(NOON + DAY + 1000, 1000)
  watch.look(NOON + DAY + HOUR - 2 * HOUR, HOUR)
  assert.equal(watch.stretch(4 * HOUR, 2 * HOUR), DAY, "a leap back makes nothing longer")
  assert.equal(watch.stretch(4 * HOUR, 4 * HOUR + 1001), 0)
})

test("N6: after six hours a leap is forgotten when the next one comes", () => {
  const kept = (age: number): number => {
    const watch = new ClockWatch(NOON, 0)
    watch.look(NOON + HOUR, 0)
    watch.look(NOON + HOUR + age + SECOND, age)
    return watch.stretch(DAY, age)
  }
  assert.equal(kept(6 * HOUR - 1), HOUR + SECOND)
  assert.equal(kept(6 * HOUR), SECOND)
})
