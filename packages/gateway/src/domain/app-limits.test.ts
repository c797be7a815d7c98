import assert from "node:assert/strict"
import { test } from "node:test"
import { differingLimits, strictestLimits, withLimitsOf } from "./app-limits.ts"

test("limits are compared by what they come to, written down or not; what is no limit is not compared", () => {
  assert.deepEqual(differingLimits({ member_per_minute: 30, concurrent_calls: 50 }, { member_per_hour: 1000 }), [])
  assert.deepEqual(differingLimits({ share_calls: true, mobile_check: "length" }, {}), [])
  const all = { member_per_minute: null, member_per_hour: 1, concurrent_calls: 1, account_cap: 1 }
  assert.deepEqual(differingLimits(all, {}), Object.keys(all))
  assert.deepEqual(differingLimits({ account_cap: null }, {}), [])
})

test("an app takes over the limits of its agent as a whole, and keeps the rest", () => {
  const own = { member_per_minute: 5, account_cap: 9, share_calls: true }
  assert.deepEqual(withLimitsOf({ member_per_hour: 7, mobile_check: "length" }, own), {
    share_calls: true,
    member_per_hour: 7,
  })
})

test("the strictest of each limit lets the least through, and none at all is the widest", () => {
  assert.deepEqual(strictestLimits([{ member_per_minute: null }, { member_per_minute: 40 }]), { member_per_minute: 40 })
  assert.deepEqual(strictestLimits([{ member_per_minute: 40 }, {}]), {})
  assert.deepEqual(strictestLimits([{ account_cap: 9 }, {}, { account_cap: 8, share_calls: true }]), { account_cap: 8 })
  const apart = [{ member_per_hour: 5, concurrent_calls: 60 }, { concurrent_calls: 3 }] as const
  assert.deepEqual(strictestLimits(apart), { member_per_hour: 5, concurrent_calls: 3 })
})
