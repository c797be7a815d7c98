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

test("who sleeps is woken by waiting, too", async () => {
  const clock = new Clock()
  const startedMs = Date.now()
  await clock.sleepUntil(clock.nowMs() + 20, never)
  assert.ok(Date.now() - startedMs >= 20)
})

test("a time that is past, and a signal that has aborted, need no sleep", async () => {
  const clock = new Clock()
  await clock.sleepUntil(clock.nowMs() - 1, never)
  await clock.sleepUntil(clock.nowMs() + 60_000, AbortSignal.abort())
})

test("a signal ends the sleep", async () => {
  const clock = new Clock()
  const stop = new AbortController()
  const sleeping = clock.sleepUntil(clock.nowMs() + 60_000, stop.signal)
  stop.abort()
  await sleeping
})
