import assert from "node:assert/strict"
import { test } from "node:test"
import { Metrics } from "./metrics.ts"

// proves 3.speed 8: timers of the figures
test("figures of the process wake it by no timer of less than a second", async (t) => {
  const started = t.mock.method(globalThis, "setInterval")
  const metrics = new Metrics("1.0.0")
  const intervals = started.mock.calls.map(({ arguments: [, ms] }) => Number(ms))
  assert.ok(intervals.length > 0, "the library has other timers now: see what they are")
  assert.deepEqual(
    intervals.filter((ms) => ms < 1000),
    [],
  )
  assert.match(await metrics.text("all"), /^wecom_push_nodejs_eventloop_utilization_summary_count /m)
})
