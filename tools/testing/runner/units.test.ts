import assert from "node:assert/strict"
import { test } from "node:test"
import { unitsOf } from "./units.ts"
import type { Grouping, Unit } from "./units.ts"

const SDK = Array.from({ length: 31 }, (_, index) => `packages/sdk/src/${String(index).padStart(2, "0")}.test.ts`)
const usual: Grouping = { isAlone: (file) => file.startsWith("chaos/"), ms: () => 1 }

test("a file that runs alone has a process to itself, the others share some, of one package each", () => {
  const files = ["chaos/a.test.ts", "deploy/a.test.ts", "packages/cli/src/a.test.ts", ...SDK, "tools/a.test.ts"]
  assert.deepEqual(
    byName(unitsOf(files, usual)),
    byName([
      ["chaos/a.test.ts"],
      ["deploy/a.test.ts", "tools/a.test.ts"],
      ["packages/cli/src/a.test.ts"],
      SDK.slice(0, 11),
      SDK.slice(11, 22),
      SDK.slice(22),
    ]),
  )
})

test("what takes longest is first", () => {
  const ms = (file: string): number => took.get(file) ?? 1
  const took = new Map([
    ["chaos/long.test.ts", 1000],
    ["chaos/short.test.ts", 3],
  ])
  const units = unitsOf([...took.keys(), ...SDK.slice(0, 4)], { ...usual, ms })
  assert.deepEqual(units, [["chaos/long.test.ts"], SDK.slice(0, 4), ["chaos/short.test.ts"]])
})

// proves 28.six: files that share a process
test("the same files are together whatever they take", () => {
  const other = unitsOf(SDK, { ...usual, ms: (file) => Number(/\d+/.exec(file)?.[0]) })
  assert.deepEqual(byName(other), byName(unitsOf(SDK, usual)))
})

// proves 28.six: files that share a process
test("with a seed other files are together, in another order, and with the same seed the same ones", () => {
  const [units = [], again, others] = [7, 7, 8].map((seed) => unitsOf(SDK, { ...usual, seed }))
  assert.deepEqual(units, again)
  assert.notDeepEqual(units, others)
  assert.notDeepEqual(units[0], units[0]?.toSorted())
  assert.deepEqual(units.flat().toSorted(), SDK)
})

function byName(units: readonly Unit[]): readonly Unit[] {
  return units.toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1))
}
