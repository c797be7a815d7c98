import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { Halving, halvesOf } from "./halving.ts"

/** Halves a call of `count` while it holds anybody bad. */
function halve(count: number, isBad: (index: number) => boolean) {
  const halving = new Halving()
  const waiting: (readonly number[])[] = [Array.from({ length: count }, (_, index) => index)]
  const sent: number[] = []
  const alone: number[] = []
  const givenUp: number[] = []
  let calls = 0
  let refusalsInVain = 0
  for (let call = halving.next(waiting); call !== undefined; call = halving.next(waiting)) {
    calls++
    if (!call.some(isBad)) {
      halving.accepted()
      sent.push(...call)
      continue
    }
    if (sent.length === 0) refusalsInVain++
    const step = halving.refused(call.length)
    if (step === "give_up") givenUp.push(...call)
    else if (step === "alone") alone.push(...call)
    else waiting.push(...halvesOf(call).toReversed())
  }
  return { sent, alone, givenUp, calls, refusalsInVain }
}

// proves 12.D1: one rule book, in both worlds
test("each bad recipient ends up alone, and all others are sent to once, by less than two calls for each", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.uniqueArray(fc.nat({ max: 999 })), (count, indexes) => {
      const bad = new Set(indexes)
      const { sent, alone, givenUp, calls } = halve(count, (index) => bad.has(index))
      assert.deepEqual(givenUp, [])
      assert.deepEqual(
        alone.toSorted((a, b) => a - b),
        [...bad].filter((index) => index < count).toSorted((a, b) => a - b),
      )
      assert.equal(new Set(sent).size + alone.length, count)
      assert.equal(new Set(sent).size, sent.length)
      assert.ok(calls < 2 * count)
    }),
  )
})

const patterns: Readonly<Record<string, (index: number) => boolean>> = {
  "150 in a row at the head": (index) => index < 150,
  "150 in a row at the tail": (index) => index >= 850,
  "150 in a row in the middle": (index) => index >= 425 && index < 575,
  "every seventh": (index) => index % 7 === 0,
  "every second": (index) => index % 2 === 0,
  "nine of ten at the head": (index) => index < 900,
}
for (const [name, isBad] of Object.entries(patterns)) {
  // proves 29.halves: good people among many bad ones
  test(`29: something gets through early, wherever the bad ones of a thousand are: ${name}`, () => {
    const { refusalsInVain, givenUp } = halve(1000, isBad)
    assert.deepEqual(givenUp, [])
    assert.ok(refusalsInVain < 100, `${refusalsInVain} refusals before`)
  })
}

test("all are bad: each is refused alone, by 1,999 calls for a thousand", () => {
  const { sent, alone, givenUp, calls } = halve(1000, () => true)
  assert.deepEqual([sent.length, alone.length, givenUp.length, calls], [0, 1000, 0, 1999])
})

test("halves are equal, or the first has one more", () => {
  assert.deepEqual(halvesOf([1, 2, 3, 4, 5, 6]), [
    [1, 2, 3],
    [4, 5, 6],
  ])
  assert.deepEqual(halvesOf([1, 2, 3]), [[1, 2], [3]])
})

test("when nothing at all gets through the recipients are not to blame: it is given up after 1,999 refusals", () => {
  const halving = new Halving()
  for (let n = 0; n < 1999; n++) assert.equal(halving.refused(2), "halve")
  assert.equal(halving.refused(2), "give_up")
})
