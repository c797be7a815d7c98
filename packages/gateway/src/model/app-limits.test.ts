import assert from "node:assert/strict"
import { test } from "node:test"
import {
  appLimits,
  corpLimits,
  differingLimits,
  PERSON_TIMES_PER_ACCOUNT,
  strictestLimits,
  usualLimit,
  withLimitsOf,
} from "./app-limits.ts"

test("limits are compared by their effect, set or not; other settings are not compared", () => {
  assert.deepEqual(differingLimits({ member_per_minute: 30, concurrent_calls: 50 }, { member_per_hour: 1000 }), [])
  assert.deepEqual(differingLimits({ share_calls: true, mobile_check: "length" }, {}), [])
  const all = { member_per_minute: null, member_per_hour: 1, concurrent_calls: 1, account_cap: 1 }
  assert.deepEqual(differingLimits(all, {}), Object.keys(all))
  assert.deepEqual(differingLimits({ account_cap: null }, {}), [])
})

test("an app takes over the limits of its party as a whole, and keeps the rest", () => {
  const own = { member_per_minute: 5, account_cap: 9, share_calls: true }
  assert.deepEqual(withLimitsOf({ member_per_hour: 7, mobile_check: "length" }, own), {
    share_calls: true,
    member_per_hour: 7,
  })
})

test("the strictest of each limit lets the least through, and no limit is the widest", () => {
  assert.deepEqual(strictestLimits([{ member_per_minute: null }, { member_per_minute: 40 }]), { member_per_minute: 40 })
  assert.deepEqual(strictestLimits([{ member_per_minute: 40 }, {}]), {})
  assert.deepEqual(strictestLimits([{ account_cap: 9 }, {}, { account_cap: 8, share_calls: true }]), { account_cap: 8 })
  const apart = [{ member_per_hour: 5, concurrent_calls: 60 }, { concurrent_calls: 3 }] as const
  assert.deepEqual(strictestLimits(apart), { member_per_hour: 5, concurrent_calls: 3 })
})

test("of limits with the same effect the first one stays as it is written", () => {
  assert.deepEqual(strictestLimits([{ member_per_minute: 30 }, {}]), { member_per_minute: 30 })
  assert.deepEqual(strictestLimits([{}, { member_per_minute: 30 }]), {})
})

test("an app without settings has WeCom's limits, and no limit where WeCom names none", () => {
  assert.deepEqual(appLimits({}), {
    memberPerMinute: 30,
    memberPerHour: 1000,
    chatPerMinute: 200,
    concurrentCalls: 50,
    accountCap: null,
    sharesCalls: false,
  })
  assert.equal(PERSON_TIMES_PER_ACCOUNT, 200)
  assert.deepEqual(corpLimits({}), {
    lookupMissBudget: 10,
    lookupsPerMinute: 9000,
    lookupsPerHour: 140_000,
    chatPersonTimesPerMinute: 20_000,
  })
})

test("a limit that is set applies, 0 too; null switches it off, and a value that is no limit leaves the default", () => {
  const all = {
    member_per_minute: 0,
    member_per_hour: 1,
    concurrent_calls: 2,
    account_cap: 3,
    share_calls: true,
    chat_per_minute: 4,
  }
  assert.deepEqual(appLimits(all), {
    memberPerMinute: 0,
    memberPerHour: 1,
    chatPerMinute: 4,
    concurrentCalls: 2,
    accountCap: 3,
    sharesCalls: true,
  })
  const off = {
    member_per_minute: null,
    member_per_hour: null,
    concurrent_calls: null,
    account_cap: null,
    chat_per_minute: null,
  }
  assert.deepEqual(appLimits(off), {
    memberPerMinute: null,
    memberPerHour: null,
    chatPerMinute: null,
    concurrentCalls: 50,
    accountCap: null,
    sharesCalls: false,
  })
  const wrong = { member_per_minute: -1, member_per_hour: "7", concurrent_calls: true, share_calls: "yes" }
  assert.deepEqual(appLimits(wrong), appLimits({}))
})

test("a corp's look-ups are limited as its settings say", () => {
  const some = { lookup_miss_budget: 0, lookups_per_minute: 1, lookups_per_hour: 2, chat_person_times_per_minute: 3 }
  assert.deepEqual(corpLimits(some), {
    lookupMissBudget: 0,
    lookupsPerMinute: 1,
    lookupsPerHour: 2,
    chatPersonTimesPerMinute: 3,
  })
  const none = {
    lookup_miss_budget: null,
    lookups_per_minute: null,
    lookups_per_hour: null,
    chat_person_times_per_minute: null,
  }
  assert.deepEqual(corpLimits(none), {
    lookupMissBudget: Infinity,
    lookupsPerMinute: null,
    lookupsPerHour: null,
    chatPersonTimesPerMinute: null,
  })
})

test("defaults are shown for a party's limits alone", () => {
  const all = ["member_per_minute", "member_per_hour", "concurrent_calls", "account_cap", "share_calls"]
  assert.deepEqual(
    all.map((name) => usualLimit(name)),
    [30, 1000, 50, null, undefined],
  )
})
