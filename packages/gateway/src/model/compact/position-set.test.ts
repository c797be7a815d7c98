import assert from "node:assert/strict"
import { test } from "node:test"
import { PositionSet } from "./position-set.ts"

test("what was added is in it, at the ends of chunks too, and nothing else is", () => {
  const set = new PositionSet()
  const added = [0, 999, 1000, 2001, 999_999]
  set.add(added)
  set.add([])
  set.add([999])
  const others = [1, 998, 1001, 2000, 2002, 3000, 999_998, 1_000_000]
  assert.deepEqual(
    [added.filter((position) => set.has(position)), others.filter((position) => set.has(position))],
    [added, []],
  )
})
