import assert from "node:assert/strict"
import { test } from "node:test"
import { takesLinearTime } from "./linear-time.ts"

/** Takes steps of equal length. */
function take(steps: number): number {
  let sum = 0
  for (let step = 0; step < steps; step++) sum = (sum * 31 + step) % 1_000_003
  return sum
}

test("work that grows with its size is linear", async () => {
  await takesLinearTime(8_000_000, (size) => take(size))
})

test("work that grows with the square of its size is found, and both times are reported", async () => {
  const quadratic = takesLinearTime(10_000, (size) => take(size * size), "the search")
  await assert.rejects(quadratic, /the search takes longer than linear time: an eighth took \d+ ms, the whole \d+ ms/)
})
