import assert from "node:assert/strict"
import { test } from "node:test"
import { CONTRACT } from "./contract.ts"
import { BROKEN_STORES, damaged } from "./testing/broken-stores.ts"
import { openTemporary } from "./testing/open-store.ts"

for (const broken of BROKEN_STORES) {
  test(`a store that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = CONTRACT.find(({ title }) => title === broken.caughtBy)
    assert.ok(rule !== undefined, "the contract has no such rule")
    await assert.rejects(rule.check(damaged(openTemporary, broken)), assert.AssertionError)
  })
}

test("each rule of the contract has a title of its own", () => {
  assert.equal(new Set(CONTRACT.map(({ title }) => title)).size, CONTRACT.length)
})
