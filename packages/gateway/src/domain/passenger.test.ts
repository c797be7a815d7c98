import assert from "node:assert/strict"
import { test } from "node:test"
import { Passenger } from "./passenger.ts"

test("a passenger is known by every recipient that means it, in their order, and how each came by its userid", () => {
  const passenger = new Passenger("user", "ZhangSan", "zhangsan", 1999, true)
  assert.deepEqual([passenger.positions, passenger.remembered], [[1999], [true]])
  passenger.add(2000, false)
  passenger.add(5001, true)
  assert.deepEqual(
    [passenger.positions, passenger.remembered],
    [
      [1999, 2000, 5001],
      [true, false, true],
    ],
  )
})
