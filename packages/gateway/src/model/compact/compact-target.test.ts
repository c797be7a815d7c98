import assert from "node:assert/strict"
import { test } from "node:test"
import { CompactTarget } from "./compact-target.ts"

test("a target is known by every recipient that means it, in their order, and how each came by its userid", () => {
  const target = new CompactTarget("user", "ZhangSan", "zhangsan", 1999, true)
  assert.deepEqual([target.positions, target.remembered], [[1999], [true]])
  target.add(2000, false)
  target.add(5001, true)
  assert.deepEqual(
    [target.positions, target.remembered],
    [
      [1999, 2000, 5001],
      [true, false, true],
    ],
  )
})
