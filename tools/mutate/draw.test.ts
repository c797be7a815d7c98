import assert from "node:assert/strict"
import { test } from "node:test"
import { draw } from "./draw.ts"

const PLACES = Array.from({ length: 1000 }, (_, n) => n)

// proves 12.T9: changes that tests must notice
test("a seed draws the same places again, in the same order, and another seed others", () => {
  const drawn = draw(PLACES, 50, "7")
  assert.deepEqual(draw(PLACES, 50, "7"), drawn)
  assert.notDeepEqual(draw(PLACES, 50, "8"), drawn)
  assert.deepEqual(draw(PLACES, 100, "7").slice(0, 50), drawn, "more of them begin alike")
})

test("no place is drawn twice, and no more than there are", () => {
  const drawn = draw(PLACES, 5000, "7")
  assert.deepEqual(
    drawn.toSorted((a, b) => a - b),
    PLACES,
  )
})
