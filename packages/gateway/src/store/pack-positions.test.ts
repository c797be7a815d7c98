import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { packPositions, unpackPositions } from "./pack-positions.ts"

test("positions are packed in ranges", () => {
  assert.equal(packPositions([0]), "0:0")
  assert.equal(packPositions([1004, 3, 1, 2, 9]), "0:1-3,9;1:4")
})

test("positions come back in order, each once or as often as it was there", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20_999)), (positions) => {
      const sorted = positions.toSorted((a, b) => a - b)
      assert.deepEqual(unpackPositions(packPositions(positions)), sorted)
    }),
  )
})
