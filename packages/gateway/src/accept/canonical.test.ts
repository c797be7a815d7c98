import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { fingerprint } from "./canonical.ts"

test("the order of names changes nothing, at any depth", () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([name, member]) => [name, shuffled(member)]),
    )
  }
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) =>
      assert.equal(fingerprint(shuffled(value)), fingerprint(value)),
    ),
  )
})

test("two values that differ have two fingerprints", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      if (!isSame && !Object.is(one, other)) {
        try {
          assert.deepEqual(one, other)
        } catch {
          assert.notEqual(fingerprint(one), fingerprint(other))
        }
      }
    }),
  )
})

test("the order of a list counts", () => {
  assert.notEqual(fingerprint(["a", "b"]), fingerprint(["b", "a"]))
})
