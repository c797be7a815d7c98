import assert from "node:assert/strict"
import { test } from "node:test"
import { CONTRACT } from "./contract.ts"
import { BROKEN_STORES, damaged } from "./testing/broken-stores.ts"
import { openTemporary } from "./testing/open-store.ts"

for (const broken of BROKEN_STORES) {
  // proves 3.test 1: store contract, broken stores, faults
  test(`a store that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = CONTRACT.find(({ title }) => title === broken.caughtBy)
    assert.ok(rule !== undefined, "the contract has no such rule")
    await assert.rejects(rule.check(damaged(openTemporary, broken)), assert.AssertionError)
  })
}

// proves 3.3: the store
test("each rule of the contract has a title of its own", () => {
  assert.equal(new Set(CONTRACT.map(({ title }) => title)).size, CONTRACT.length)
})

// proves 3.test 1: store contract, broken stores, faults
test("every store of a gateway has a broken version, which the contract finds", async () => {
  await using store = await openTemporary()
  const broken = new Set(BROKEN_STORES.flatMap(({ damage }) => Object.keys(damage(store.stores))))
  assert.deepEqual(
    Object.keys(store.stores).filter((name) => !broken.has(name)),
    [],
  )
})
