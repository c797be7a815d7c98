import assert from "node:assert/strict"
import { test } from "node:test"
import { LOOKUPS_AT_ONCE, lookupRules } from "./lookup-rules.ts"

function rules(lookupsPerMinute: number | null, lookupsPerHour: number | null) {
  return lookupRules({ lookupMissBudget: 10, lookupsPerMinute, lookupsPerHour })
}

test("a corp's look-ups have the configured limits of a minute and an hour, Infinity without a setting", () => {
  assert.deepEqual(rules(9000, 140_000), [
    { limit: 9000, windowMs: 60_000 },
    { limit: 140_000, windowMs: 3_600_000 },
  ])
  assert.deepEqual(rules(null, 5), [
    { limit: Infinity, windowMs: 60_000 },
    { limit: 5, windowMs: 3_600_000 },
  ])
})

test("with answers of 200 ms no more of them are under way than WeCom lets one corp ask in a minute", () => {
  assert.equal(LOOKUPS_AT_ONCE, 28)
})
