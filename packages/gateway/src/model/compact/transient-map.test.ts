import assert from "node:assert/strict"
import { test } from "node:test"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { TransientMap } from "./transient-map.ts"

test("a value is there until it is deleted", () => {
  const map = new TransientMap<string, number>()
  assert.deepEqual([map.size, map.get("a"), map.delete("a")], [0, undefined, false])
  map.set("a", 1)
  map.set("b", 2)
  map.set("a", 3)
  assert.deepEqual([map.size, map.get("a"), map.get("b")], [2, 3, 2])
  assert.deepEqual(
    [[...map.entries()], [...map.values()]],
    [
      [
        ["a", 3],
        ["b", 2],
      ],
      [3, 2],
    ],
  )
  assert.equal(map.delete("a"), true)
  assert.deepEqual([map.size, map.get("a"), [...map.values()]], [1, undefined, [2]])
})

test("deleted values die young, unlike in a Map", () => {
  setFlagsFromString("--expose-gc")
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8's own `gc`, which no type describes
  const collect = runInNewContext("gc") as (options: { type: "minor" }) => void
  const grownOld = (map: TransientMap<number, object> | Map<number, object>): number => {
    for (let key = -50; key < 0; key++) map.set(key, {})
    // A quiet time, in which the table is moved to the old generation.
    for (let round = 0; round < 3; round++) collect({ type: "minor" })
    const before = oldBytes()
    for (let key = 0; key < 20_000; key++) {
      map.set(key, Array(100).fill(key))
      map.delete(key - 50)
      if (key % 1000 === 0) collect({ type: "minor" })
    }
    return oldBytes() - before
  }
  const measured: string[] = []
  // A major garbage collection that V8 starts by itself spoils a measurement.
  for (let round = 0; round < 5; round++) {
    const [ours, plain] = [grownOld(new TransientMap<number, object>()), grownOld(new Map<number, object>())]
    if (ours * 3 < plain) return
    measured.push(`${ours} bytes have grown old, in a Map ${plain}`)
  }
  assert.fail(measured.join("; "))
})

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === "old_space")?.space_used_size ?? NaN
}

test("iteration skips values that are deleted meanwhile, and keys without a value", () => {
  const map = new TransientMap<string, number | undefined>()
  map.set("a", 0)
  map.set("b", undefined)
  map.set("c", 3)
  assert.deepEqual([...map.values()], [0, 3])
  const seen: unknown[] = []
  for (const entry of map.entries()) {
    seen.push(entry)
    map.delete("c")
  }
  assert.deepEqual(seen, [["a", 0]])
})
