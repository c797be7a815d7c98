import assert from "node:assert/strict"
import { test } from "node:test"
import { UnconfirmedJump } from "./unconfirmed-jump.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE

// proves 29.E2: its lanes keep their order
test("a reading is believed once it has lasted, and the next jump restarts the wait", () => {
  const jump = new UnconfirmedJump(5 * MINUTE, 0, 0)
  jump.jumped(HOUR, MINUTE)
  assert.deepEqual([jump.byMs(2 * MINUTE), jump.leftMs(2 * MINUTE)], [HOUR, 4 * MINUTE])
  jump.jumped(2 * HOUR, 5 * MINUTE)
  assert.deepEqual([jump.byMs(10 * MINUTE - 1), jump.leftMs(10 * MINUTE - 1)], [3 * HOUR, 1])
  assert.deepEqual([jump.byMs(10 * MINUTE), jump.leftMs(10 * MINUTE)], [0, 0])
  jump.jumped(-HOUR, 11 * MINUTE)
  assert.equal(jump.byMs(11 * MINUTE), -HOUR)
})

test("a clock that is set back to where it was is believed at once, and so is a step of less than a minute", () => {
  const jump = new UnconfirmedJump(5 * MINUTE, 0, 0)
  jump.jumped(24 * HOUR, 0)
  jump.jumped(-24 * HOUR + MINUTE - 1, 1000)
  assert.deepEqual([jump.byMs(1000), jump.leftMs(1000)], [0, 0])
  jump.jumped(MINUTE - 1, 2000)
  assert.equal(jump.byMs(2000), 0)
  jump.jumped(MINUTE, 3000)
  assert.equal(jump.byMs(3000), MINUTE)
  jump.jumped(MINUTE - 1, 4 * MINUTE)
  assert.deepEqual([jump.byMs(4 * MINUTE), jump.leftMs(4 * MINUTE)], [MINUTE, MINUTE + 3000], "it begins nothing anew")
})

test("a process that began with a jump waits for it too", () => {
  assert.deepEqual(new UnconfirmedJump(HOUR, -3 * HOUR, 5000).leftMs(5000), HOUR)
  assert.equal(new UnconfirmedJump(HOUR, MINUTE - 1, 5000).byMs(5000), 0)
})
