import assert from "node:assert/strict"
import { test } from "node:test"
import { Closing } from "./closing.ts"

test("each closing has a number of its own, above that of the one before", () => {
  const closing = new Closing()
  const epochs = [closing.epoch]
  for (const untilMs of [1000, 2000]) {
    closing.close(untilMs)
    epochs.push(closing.epoch)
  }
  closing.open()
  closing.close(3000)
  epochs.push(closing.epoch)
  assert.deepEqual(epochs, [0, 1, 1, 2], "a closing that lasts longer is the same one")
})

test("one call at a time may try once its time has come; an open closing needs no try", () => {
  const closing = new Closing()
  closing.isBeingTried = true
  assert.equal(closing.mayTry(0), true)
  closing.close(1000)
  assert.equal(closing.mayTry(1000), false)
  closing.isBeingTried = false
  assert.deepEqual([closing.mayTry(999), closing.mayTry(1000)], [false, true])
})
