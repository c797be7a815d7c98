import assert from "node:assert/strict"
import { test } from "node:test"
import { sharePermits } from "./share-permits.ts"

function shares(limit: number, ...needs: readonly number[]): readonly number[] {
  const sharers = needs.map((need, since) => ({ id: String(since), need, since }))
  return [...sharePermits(limit, sharers).values()]
}

test("no sharer gets more than it needs", () => {
  assert.deepEqual(shares(50, 10, 20), [10, 20])
  assert.deepEqual(shares(50, 0, 0), [0, 0])
  assert.deepEqual(shares(0, 1), [0])
})

test("a sharer that needs little gets it, and the others divide the rest equally", () => {
  assert.deepEqual(shares(50, 200, 10), [40, 10])
  assert.deepEqual(shares(50, 200, 10, 200), [20, 10, 20])
  assert.deepEqual(shares(7, 9, 9), [4, 3])
  assert.deepEqual(shares(12, 7, 1, 1), [7, 1, 1])
  assert.deepEqual(shares(13, 8, 2, 9), [6, 2, 5])
})

test("a sharer that needs nothing takes nothing from the others", () => {
  assert.deepEqual(shares(7, 0, 9, 9), [0, 4, 3])
  assert.deepEqual(shares(1, 0, 9, 0), [0, 1, 0])
})

test("with fewer permits than sharers, those who have waited longest get one", () => {
  assert.deepEqual(shares(1, 5, 5, 5), [1, 0, 0])
  assert.deepEqual(shares(2, 5, 5, 5), [1, 1, 0])
  const sharers = [
    { id: "late", need: 5, since: 2 },
    { id: "early", need: 5, since: 1 },
  ]
  assert.deepEqual(Object.fromEntries(sharePermits(1, sharers)), { late: 0, early: 1 })
})

test("of two with the same waiting time every node picks the same one", () => {
  const sharers = ["2", "1"].map((id) => ({ id, need: 1, since: 7 }))
  for (const seen of [sharers, sharers.toReversed()]) {
    assert.deepEqual(Object.fromEntries(sharePermits(1, seen)), { 1: 1, 2: 0 })
  }
})

test("the remainder goes to those who have waited longest, whatever their names are", () => {
  const sharers = [
    { id: "a", need: 9, since: 3 },
    { id: "b", need: 9, since: 1 },
    { id: "c", need: 9, since: 2 },
  ]
  assert.deepEqual(Object.fromEntries(sharePermits(8, sharers)), { a: 2, b: 3, c: 3 })
  assert.deepEqual(Object.fromEntries(sharePermits(7, sharers.toReversed())), { a: 2, b: 3, c: 2 })
})
