import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { chunkOf, slotOf } from "../model/recipients.ts"
import { countPositions, packPositions, unpackPositions, unpackSlots } from "./pack-positions.ts"

test("positions are packed in ranges", () => {
  assert.equal(packPositions([0]), "0:0")
  assert.equal(packPositions([1004, 3, 1, 2, 9]), "0:1-3,9;1:4")
})

// proves 29.E7: a message to many that waits
test("positions come back in order, each as often as it was packed", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20_999)), (positions) => {
      const sorted = positions.toSorted((a, b) => a - b)
      assert.deepEqual(unpackPositions(packPositions(positions)), sorted)
      assert.equal(countPositions(packPositions(positions)), sorted.length)
      const ofSecond = sorted.filter((position) => chunkOf(position) === 1).map(slotOf)
      assert.deepEqual(unpackSlots(packPositions(positions), 1), ofSecond)
    }),
  )
})
