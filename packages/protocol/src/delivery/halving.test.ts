import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { Halving, halvesOf } from "./halving.ts"

/** Halves a call of `count`, depth first, while it holds anybody bad. */
function halve(count: number, isBad: (index: number) => boolean) {
  const halving = new Halving()
  const waiting: (readonly number[])[] = [Array.from({ length: count }, (_, index) => index)]
  const sent: number[] = []
  const alone: number[] = []
  const givenUp: number[] = []
  for (let call = waiting.pop(); call !== undefined; call = waiting.pop()) {
    if (!call.some(isBad)) {
      halving.accepted()
      sent.push(...call)
      continue
    }
    const step = halving.refused(call.length)
    if (step === "give_up") givenUp.push(...call)
    else if (step === "alone") alone.push(...call)
    else waiting.push(...halvesOf(call).toReversed())
  }
  return { sent, alone, givenUp }
}

test("whoever is bad ends up alone, and everybody else is sent to once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.uniqueArray(fc.nat({ max: 59 })), (count, indexes) => {
      const bad = new Set(indexes)
      // When all are bad and few, each stands alone too.
      const { sent, alone, givenUp } = halve(count, (index) => bad.has(index))
      assert.deepEqual(givenUp, [])
      assert.deepEqual(
        alone,
        [...bad].filter((index) => index < count).toSorted((a, b) => a - b),
      )
      assert.equal(sent.length + alone.length, count)
    }),
  )
})

test("a hundred bad ones in a row at the head of a call of a thousand are found", () => {
  const { sent, alone, givenUp } = halve(1000, (index) => index < 100)
  assert.deepEqual([sent.length, alone.length, givenUp.length], [900, 100, 0])
})

test("once something got through, any number is found", () => {
  const { alone, givenUp } = halve(1000, (index) => index > 0)
  assert.deepEqual([alone.length, givenUp.length], [999, 0])
})

test("when nothing at all gets through the recipients are not to blame: it is given up after 210 refusals", () => {
  const { sent, alone, givenUp } = halve(1000, () => true)
  assert.equal(sent.length, 0)
  assert.ok(alone.length < 110 && alone.length + givenUp.length === 1000)
})

test("halves are equal, or the first has one more", () => {
  assert.deepEqual(halvesOf([1, 2, 3, 4, 5, 6]), [
    [1, 2, 3],
    [4, 5, 6],
  ])
  assert.deepEqual(halvesOf([1, 2, 3]), [[1, 2], [3]])
})

test("210 refusals in a row are borne, the next is not", () => {
  const halving = new Halving()
  for (let n = 0; n < 210; n++) assert.equal(halving.refused(2), "halve")
  assert.equal(halving.refused(2), "give_up")
})
