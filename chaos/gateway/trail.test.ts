import assert from "node:assert/strict"
import { test } from "node:test"
import { TrailReader } from "./trail.ts"

for (const [letters, phases] of [
  ["", []],
  ["L", []],
  ["LS", ["settle"]],
  ["LSs", []],
  ["LSsS", ["settle"]],
  ["LSF", ["settle"]],
] as const) {
  test(`a trail of ${letters || "nothing"} ends in ${phases.join(", ") || "idleness"}`, () => {
    const reader = new TrailReader()
    reader.read(letters)
    assert.deepEqual(reader.phases(), phases)
  })
}
