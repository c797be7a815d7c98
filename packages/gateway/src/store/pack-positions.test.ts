import assert from "node:assert/strict"
import { test } from "node:test"
import * as fc from "fast-check"
import { packPositions, unpackPositions } from "./pack-positions.ts"

test("positions are packed in ranges", () => {
  assert.equal(packPositions([[0, 0]]), "0:0")
  assert.equal(
    packPositions([
      [1, 4],
      [0, 3],
      [0, 1],
      [0, 2],
      [0, 9],
    ]),
    "0:1-3,9;1:4",
  )
})

test("positions come back in order, each once or as often as it was there", () => {
  const position = fc.tuple(fc.nat(20), fc.nat(999))
  fc.assert(
    fc.property(fc.uniqueArray(position, { selector: String }), (positions) => {
      const sorted = positions.toSorted(([a, b], [c, d]) => a - c || b - d)
      assert.deepEqual(unpackPositions(packPositions(positions)), sorted)
    }),
  )
})
