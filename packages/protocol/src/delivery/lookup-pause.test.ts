import assert from "node:assert/strict"
import { test } from "node:test"
import { isLookupPause, isPause, nextPause, NO_PAUSE, pausedUntil } from "./lookup-pause.ts"

/** Noon in Beijing. */
const NOON = Date.UTC(2026, 10, 25, 4)
const MIDNIGHT = Date.UTC(2026, 10, 25, 16)
const HOUR_MS = 3_600_000

test("each pause that did not help is followed by a longer one: a minute, an hour, until midnight in Beijing, ever after", () => {
  const first = nextPause(undefined, NOON)
  assert.deepEqual(first, { until: NOON + 60_000, step: 1 })
  const second = nextPause(first, NOON)
  assert.deepEqual(second, { until: NOON + HOUR_MS, step: 2 })
  const third = nextPause(second, NOON)
  assert.deepEqual(third, { until: MIDNIGHT, step: 3 })
  assert.deepEqual(nextPause(third, NOON + 1), { until: MIDNIGHT, step: 3 })
})

test("one that ended well is none, also in a store that can forget nothing, and the next begins with a minute", () => {
  assert.deepEqual([isPause(undefined), isPause(NO_PAUSE), isPause({ until: NOON, step: 1 })], [false, false, true])
  assert.deepEqual(NO_PAUSE, { until: 0, step: 1 }, "as existing stores have it")
  assert.equal(isLookupPause(NO_PAUSE), true)
  assert.equal(pausedUntil(NO_PAUSE, NOON), undefined)
  assert.deepEqual(nextPause(NO_PAUSE, NOON), { until: NOON + 60_000, step: 1 })
})

for (const [step, longestMs] of [
  [1, 60_000],
  [2, HOUR_MS],
  [3, 24 * HOUR_MS],
] as const) {
  test(`pause ${step} holds until its end, and not for longer than it can be when the clock was set back`, () => {
    const pause = { until: NOON, step }
    assert.equal(pausedUntil(pause, NOON - longestMs), NOON)
    assert.equal(pausedUntil(pause, NOON - 1), NOON)
    assert.equal(pausedUntil(pause, NOON), undefined)
    assert.equal(pausedUntil(pause, NOON - longestMs - 1), undefined)
    assert.equal(isLookupPause(pause), true)
  })
}

test("what is no pause in a store is not taken for one", () => {
  for (const value of [undefined, null, 7, "x", [], {}, { until: "1", step: 1 }, { until: NOON }]) {
    assert.equal(isLookupPause(value), false, JSON.stringify(value))
  }
  for (const step of [0, 4, "1", null]) assert.equal(isLookupPause({ until: NOON, step }), false, String(step))
})
