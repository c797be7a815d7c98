import assert from "node:assert/strict"
import { test } from "node:test"
import type { Clock } from "../clock.ts"
import { memoryLookupStore } from "./memory-lookup-store.ts"
import { RateLimitPause } from "./pause.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

for (const [step, longest] of [
  [1, MINUTE],
  [2, 60 * MINUTE],
  [3, DAY],
] as const) {
  test(`a pause of step ${step} that is further away than it can be long is over: the clock was set back`, async () => {
    const clock: Clock = { now: () => NOON, sleep: () => Promise.resolve() }
    const pausedAt = async (until: number): Promise<number | undefined> => {
      const store = memoryLookupStore()
      await store.setPause("corp", { until, step })
      const gate = new RateLimitPause(clock, store, "corp")
      await gate.isUnsure()
      return gate.pausedUntil()
    }
    assert.equal(await pausedAt(NOON + longest), NOON + longest)
    assert.equal(await pausedAt(NOON + longest + 1), undefined)
    assert.equal(await pausedAt(NOON), undefined)
  })
}
