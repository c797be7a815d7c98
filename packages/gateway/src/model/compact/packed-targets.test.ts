import assert from "node:assert/strict"
import { test } from "node:test"
import { targetKey } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { packTargets } from "./packed-targets.ts"
import type { CallTarget } from "../target.ts"

const kinds = ["user", "department", "tag", "all"] as const satisfies readonly TargetKind[]

test("unpacked targets equal the packed ones, in the same order", () => {
  const recipient = fc.tuple(fc.nat(999_999), fc.boolean())
  const target = fc.tuple(
    fc.constantFrom<TargetKind>("user", "user", "user", ...kinds),
    fc.stringMatching(/^[\w@.-]{1,64}$/),
    fc.array(recipient, { minLength: 1, maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(target, { maxLength: 20 }), (drawn) => {
      const targets = drawn.map(([kind, id, recipients]): CallTarget => {
        const positions = recipients.map(([position]) => position)
        return { kind, id, key: targetKey(kind, id), positions, remembered: recipients.map(([, is]) => is) }
      })
      const packed = packTargets(targets)
      assert.equal(packed.length, targets.length)
      const unpacked = packed.unpack().map(({ kind, id, key, positions, remembered }) => {
        return { kind, id, key, positions, remembered }
      })
      assert.deepEqual(unpacked, targets)
    }),
  )
})

/** Equal targets with one recipient each. */
function many(count: number, kind: TargetKind, isRemembered: boolean): CallTarget[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `id${index}`
    return { kind, id, key: targetKey(kind, id), positions: [index * 1000], remembered: [isRemembered] }
  })
}

function unpacked(targets: readonly CallTarget[]): CallTarget[] {
  const kept = packTargets(targets).unpack()
  return kept.map(({ kind, id, key, positions, remembered }) => ({ kind, id, key, positions, remembered }))
}

test("eight targets are kept as they are, and nine are packed", () => {
  const eight = many(8, "user", true)
  assert.equal(packTargets(eight).unpack(), eight)
  assert.equal(packTargets(eight).length, 8)
  const nine = many(9, "user", true)
  assert.notEqual(packTargets(nine).unpack(), nine)
  assert.deepEqual(unpacked(nine), nine)
  assert.equal(packTargets(nine).length, 9)
})

test("a common value is given for each target, and no other", () => {
  const [users, tags] = [many(9, "user", false), many(9, "tag", true)]
  for (const targets of [users, tags, [...users, ...tags], [...tags, ...users]]) {
    assert.deepEqual(unpacked(targets), targets)
  }
})

test("a target that several recipients mean keeps each of them, and how it got its userid", () => {
  const targets = many(20, "user", false).map((target, index) =>
    index % 3 === 1 ? { ...target, positions: [index, 5, 999_999], remembered: [false, true, index === 4] } : target,
  )
  assert.deepEqual(unpacked(targets), targets)
})
