import assert from "node:assert/strict"
import { test } from "node:test"
import { targetKey } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { packTargets } from "./packed-targets.ts"
import type { CallTarget } from "../target.ts"

const kinds = ["user", "department", "tag", "all"] as const satisfies readonly TargetKind[]

test("targets that were packed are as before, in the same order", () => {
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
