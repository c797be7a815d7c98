import assert from "node:assert/strict"
import { test } from "node:test"
import { LimitsOfCorp } from "./limits-of-corp.ts"

test("a corp's limits are read four times a second at most, and once more after a change or a failure", async () => {
  let now = 0
  let reads = 0
  let failure: Error | undefined
  const get = async () => {
    reads++
    if (failure !== undefined) throw failure
    return { lookup_miss_budget: reads }
  }
  const limits = new LimitsOfCorp({ get }, { now: () => now }, "ww1")
  const budgetAt = async (ms: number) => {
    now = ms
    return (await limits.get()).lookupMissBudget
  }
  assert.deepEqual([await budgetAt(0), await budgetAt(249), await budgetAt(250)], [1, 1, 2])
  limits.forget()
  assert.equal(await budgetAt(251), 3)
  failure = new Error("the store is away")
  await assert.rejects(budgetAt(501), failure)
  failure = undefined
  assert.equal(await budgetAt(501), 5)
})
