import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { MOST_PER_CALL, planCalls } from "./plan.ts"
import { newTarget } from "./target.ts"
import type { Target } from "./target.ts"

function targets(kind: Target["kind"], count: number): Target[] {
  return Array.from({ length: count }, (_, index) => newTarget(kind, `${kind}${index}`))
}

test("1000 users, 100 departments and 100 tags fit one call", () => {
  assert.equal(planCalls([...targets("user", 1000), ...targets("department", 100), ...targets("tag", 100)]).length, 1)
})

test("departments and tags ride with the first call", () => {
  const calls = planCalls([...targets("user", 1001), ...targets("department", 1), ...targets("tag", 1)])
  assert.deepEqual(
    calls.map((call) => call.length),
    [1002, 1],
  )
})

test("nobody needs no call", () => {
  assert.deepEqual(planCalls([]), [])
})

test("each target is in one call, in order, within the limits, and the calls are the fewest possible", () => {
  const mixed = fc.record({ users: size(4200), departments: size(350), tags: size(350) })
  fc.assert(
    fc.property(mixed, ({ users, departments, tags }) => {
      const all = [...targets("user", users), ...targets("department", departments), ...targets("tag", tags)]
      const calls = planCalls(all)
      for (const kind of ["user", "department", "tag"] as const) {
        const perCall = calls.map((call) => call.filter((target) => target.kind === kind))
        assert.ok(perCall.every((ofKind) => ofKind.length <= MOST_PER_CALL[kind]))
        assert.deepEqual(
          perCall.flat(),
          all.filter((target) => target.kind === kind),
        )
      }
      const fewest = Math.max(Math.ceil(users / 1000), Math.ceil(departments / 100), Math.ceil(tags / 100))
      assert.equal(calls.length, fewest)
    }),
    { numRuns: 60 },
  )
})

function size(max: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 1, 99, 100, 101, 1000), fc.nat(max))
}
