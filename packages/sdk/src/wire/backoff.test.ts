import assert from "node:assert/strict"
import { test } from "node:test"
import { busyDelayMs, faultDelayMs } from "./backoff.ts"

test("pauses grow from try to try, spread over a quarter, and stay below five seconds after faults", () => {
  for (let round = 0; round < 50; round++) {
    for (let failures = 1; failures < 5; failures++) assert.ok(faultDelayMs(failures) < faultDelayMs(failures + 1))
    assert.ok(faultDelayMs(1) >= 150 && faultDelayMs(1) <= 200)
    assert.ok(faultDelayMs(50) <= 5000)
    assert.ok(busyDelayMs(1) >= 750 && busyDelayMs(1) <= 1000)
    assert.ok(busyDelayMs(2) >= 1500 && busyDelayMs(2) <= 2000)
  }
})
