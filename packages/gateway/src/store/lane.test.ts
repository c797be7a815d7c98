import assert from "node:assert/strict"
import { test } from "node:test"
import { freedMembers, laneOf } from "./lane.ts"

test("a lane frees those that wait up to the first that holds it at that time, and reads no further", () => {
  let read = 0
  const freed = (at: number, ...members: readonly [behind: boolean | number, until: number | null][]): number[] => {
    read = 0
    const rows = members.values().map(([behind, lane_until], index) => {
      read++
      return { seq: index + 1, behind, lane_until }
    })
    return freedMembers(rows, at)
  }
  assert.deepEqual(freed(5), [])
  assert.deepEqual([freed(5, [true, null], [true, null]), read], [[1], 1])
  assert.deepEqual([freed(5, [false, 4], [1, 5], [0, 6], [true, null]), read], [[2], 3])
  assert.deepEqual([freed(5, [true, 5], [true, 3]), read], [[1, 2], 2])
})

test("a message has a lane when it has an order key", () => {
  assert.deepEqual(laneOf({ order_key: "k", lane_at: 7 }), { orderKey: "k", laneAt: 7 })
  assert.equal(laneOf({ order_key: null, lane_at: null }), undefined)
})
