import assert from "node:assert/strict"
import { test } from "node:test"
import { appLimits, corpLimits } from "./app-limits.ts"

test("limits are WeCom's unless a setting says otherwise; null switches one off", () => {
  assert.deepEqual(appLimits({}), {
    memberPerMinute: 30,
    memberPerHour: 1000,
    concurrentCalls: 50,
    accountCap: null,
    sharesCalls: false,
  })
  const settings = {
    member_per_minute: null,
    member_per_hour: 5,
    concurrent_calls: 2,
    account_cap: 500,
    share_calls: true,
  }
  assert.deepEqual(appLimits(settings), {
    memberPerMinute: null,
    memberPerHour: 5,
    concurrentCalls: 2,
    accountCap: 500,
    sharesCalls: true,
  })
  assert.deepEqual(corpLimits({}), { lookupMissBudget: 10, lookupsPerMinute: 9000, lookupsPerHour: 140_000 })
  assert.equal(corpLimits({ lookup_miss_budget: null }).lookupMissBudget, Infinity)
})
