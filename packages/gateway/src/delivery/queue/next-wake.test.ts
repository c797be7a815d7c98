import assert from "node:assert/strict"
import { test } from "node:test"
import { NextWake } from "./next-wake.ts"

test("a message with nothing to wait for is never due, and holds no lane", () => {
  const wake = new NextWake()
  assert.deepEqual([wake.nextAt, wake.holdsLaneUntil, wake.isForLookups], [Infinity, undefined, false])
})

test("of several times the earliest is the next", () => {
  const wake = new NextWake()
  wake.until(300)
  wake.until(100)
  wake.until(200)
  assert.deepEqual([wake.nextAt, wake.holdsLaneUntil, wake.isForLookups], [100, undefined, false])
})

test("a message that waits for room among the look-ups says so, and comes at the latest then", () => {
  const wake = new NextWake()
  wake.until(300)
  wake.forLookups(200)
  wake.until(250)
  assert.deepEqual([wake.nextAt, wake.holdsLaneUntil, wake.isForLookups], [200, undefined, true])
})

test("a lane is held for a minute from the first try of the last call in doubt", () => {
  const wake = new NextWake()
  wake.inDoubtUntil(5000, 1000)
  wake.inDoubtUntil(9000, 4000)
  wake.inDoubtUntil(7000, 2000)
  assert.deepEqual([wake.nextAt, wake.holdsLaneUntil], [5000, 64_000])
})

for (const [title, first] of [
  ["before", true],
  ["after", false],
] as const) {
  test(`a lane is held as long as it takes when recipients wait too, started ${title} the call in doubt`, () => {
    const wake = new NextWake()
    if (first) wake.until(8000)
    wake.inDoubtUntil(5000, 1000)
    if (!first) wake.until(8000)
    assert.deepEqual([wake.nextAt, wake.holdsLaneUntil], [5000, undefined])
  })
}
