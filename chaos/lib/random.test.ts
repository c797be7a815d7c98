import assert from "node:assert/strict"
import { test } from "node:test"
import { Random } from "./random.ts"

const sequence = (random: Random): number[] => Array.from({ length: 5 }, () => random.next())

test("equal seeds give equal sequences, and forks do not disturb each other", () => {
  assert.deepEqual(sequence(new Random("7")), sequence(new Random("7")))
  assert.notDeepEqual(sequence(new Random("7")), sequence(new Random("8")))
  const other = new Random("7")
  other.fork("load").next()
  assert.deepEqual(sequence(other.fork("nemesis")), sequence(new Random("7").fork("nemesis")))
})

test("whole numbers come from both ends and between", () => {
  const random = new Random("ends")
  assert.deepEqual(new Set(Array.from({ length: 200 }, () => random.integer(3, 5))), new Set([3, 4, 5]))
})

test("a deck brings each name as often as it weighs, in another order each time", () => {
  const draw = new Random("deck").deck({ often: 3, seldom: 1, never: 0 })
  const orders = Array.from({ length: 20 }, () => Array.from({ length: 4 }, draw))
  for (const order of orders) assert.deepEqual(order.toSorted(), ["often", "often", "often", "seldom"])
  assert.ok(new Set(orders.map(String)).size > 1)
})

test("weights are kept to", () => {
  const random = new Random("weights")
  const drawn = Array.from({ length: 4000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }))
  const often = drawn.filter((name) => name === "often").length
  assert.ok(often > 2850 && often < 3150, `${often}`)
  assert.ok(!drawn.includes("never"))
})
