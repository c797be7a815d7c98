import assert from "node:assert/strict"
import { test } from "node:test"
import { appLimits, corpLimits } from "./app-limits.ts"
import { beijingDay, nextBeijingDayAt } from "./beijing-day.ts"
import { repeatUntil } from "./repeat-window.ts"
import { busyDelayMs, delayMs, IN_DOUBT, spreadDelay, UNREACHABLE, unknownCodeDelayMs } from "./retry-schedule.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

test("delays double up to their longest", () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 50].map((failures) => delayMs(UNREACHABLE, failures)),
    [1000, 2000, 4000, 32_000, 60_000, 60_000],
  )
  assert.deepEqual(
    [1, 9, 10, 1000].map((failures) => delayMs(IN_DOUBT, failures)),
    [1000, 256_000, 300_000, 300_000],
  )
})

test("a busy WeCom gets three tries, ten minutes of rest, and three again", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(busyDelayMs), [1000, 2000, 600_000, 1000, 2000, 600_000])
  assert.deepEqual([1, 2, 3].map(unknownCodeDelayMs), [1000, 2000, undefined])
})

test("a spread delay is 75 to 100 % of it", () => {
  assert.deepEqual([spreadDelay(1000, () => 0), spreadDelay(1000, () => 0.999)], [750, 1000])
})

test("a call in doubt is repeated until five minutes before the check ends, half the time of a short one, never without", () => {
  assert.equal(repeatUntil(NOW, 14_400), NOW + 14_100_000)
  assert.equal(repeatUntil(NOW, 60), NOW + 30_000)
  assert.equal(repeatUntil(NOW, null), -Infinity)
})

test("days change at midnight in Beijing", () => {
  assert.equal(beijingDay(Date.UTC(2026, 10, 25, 15, 59, 59)), "2026-11-25")
  assert.equal(beijingDay(Date.UTC(2026, 10, 25, 16)), "2026-11-26")
  assert.equal(nextBeijingDayAt(NOW), Date.UTC(2026, 10, 25, 16))
  assert.equal(nextBeijingDayAt(Date.UTC(2026, 10, 25, 16)), Date.UTC(2026, 10, 26, 16))
})

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
