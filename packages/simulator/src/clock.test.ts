import assert from "node:assert/strict"
import { test } from "node:test"
import { Clock } from "./clock.ts"

const never = new AbortController().signal

test("who sleeps is woken when the clock is advanced to the time, and not before", async () => {
  const clock = new Clock()
  let isAwake = false
  const sleeping = clock.sleepUntil(clock.nowMs() + 60_000, never).then(() => (isAwake = true))
  clock.advance(59_000)
  await new Promise(setImmediate)
  assert.equal(isAwake, false)
  clock.advance(1000)
  await sleeping
})

// proves 12.T8: tests that could not fail
test("who sleeps is woken by waiting, too, and not before", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1000 })
  const clock = new Clock()
  const sleeping = watched(clock.sleepUntil(1020, never))
  t.mock.timers.tick(19)
  assert.equal(await isOver(sleeping), false)
  t.mock.timers.tick(1)
  assert.equal(await isOver(sleeping), true)
})

// proves 12.T8: tests that could not fail
test("a time that is past, and a signal that has aborted, need no sleep", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1000 })
  const clock = new Clock()
  assert.equal(await isOver(watched(clock.sleepUntil(999, never))), true)
  assert.equal(await isOver(watched(clock.sleepUntil(61_000, AbortSignal.abort()))), true)
})

// proves 12.T8: tests that could not fail
test("a signal ends the sleep", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1000 })
  const clock = new Clock()
  const stop = new AbortController()
  const sleeping = watched(clock.sleepUntil(61_000, stop.signal))
  assert.equal(await isOver(sleeping), false)
  stop.abort()
  assert.equal(await isOver(sleeping), true)
})

function watched(sleeping: Promise<void>): { isOver: boolean } {
  const state = { isOver: false }
  void sleeping.then(() => (state.isOver = true))
  return state
}

/** No time passes, or a sleep that nothing ends would seem to have been ended. */
async function isOver(sleep: { readonly isOver: boolean }): Promise<boolean> {
  await new Promise(setImmediate)
  return sleep.isOver
}
