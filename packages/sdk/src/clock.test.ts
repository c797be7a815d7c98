import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "./clock.ts"
import { LONGEST_TIMER_MS } from "./timer.ts"

const turns = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await Promise.resolve()
}

// proves 29.E10: times longer than a timer
test("a sleep longer than a timer can be set for takes its whole time", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  let isOver = false
  const sleeping = systemClock.sleep(2 * LONGEST_TIMER_MS + 10).then(() => (isOver = true))
  for (const ms of [LONGEST_TIMER_MS, LONGEST_TIMER_MS, 9]) {
    await turns()
    t.mock.timers.tick(ms)
    await turns()
    assert.equal(isOver, false)
  }
  t.mock.timers.tick(1)
  await sleeping
})

test("a sleep of any length ends when its signal aborts, with the signal's reason", async () => {
  for (const ms of [60_000, 2 * LONGEST_TIMER_MS]) {
    const controller = new AbortController()
    const sleeping = systemClock.sleep(ms, controller.signal)
    controller.abort(new Error("enough"))
    await assert.rejects(sleeping, /enough/)
  }
})
