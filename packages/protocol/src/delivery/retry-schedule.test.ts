import assert from "node:assert/strict"
import { test } from "node:test"
import { repeatUntil } from "./repeat-window.ts"
import {
  busyDelayMs,
  delayMs,
  IN_DOUBT,
  isPassingRefusal,
  refusalDelayMs,
  spreadDelay,
  THROTTLED_UPLOAD,
  UNANSWERED_LOOKUP,
  UNREACHABLE,
  WHILE_CALLER_WAITS,
} from "./retry-schedule.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

for (const [name, schedule, failures, delays] of [
  ["while a caller waits", WHILE_CALLER_WAITS, [1, 2, 3, 6, 20], [200, 400, 800, 5000, 5000]],
  ["while WeCom cannot be reached", UNREACHABLE, [1, 2, 3, 6, 7, 50], [1000, 2000, 4000, 32_000, 60_000, 60_000]],
  ["for a look-up", UNANSWERED_LOOKUP, [1, 2, 6, 7, 50], [1000, 2000, 32_000, 60_000, 60_000]],
  ["after a lost answer", IN_DOUBT, [1, 9, 10, 1000], [1000, 256_000, 300_000, 300_000]],
] as const) {
  test(`${name}: delays double up to their longest`, () => {
    assert.deepEqual(
      failures.map((failure) => delayMs(schedule, failure)),
      delays,
    )
  })
}

test("uploads that WeCom counts too many wait a minute, then five times as long each time, up to an hour", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((failures) => delayMs(THROTTLED_UPLOAD, failures)),
    [60_000, 300_000, 1_500_000, 3_600_000, 3_600_000],
  )
})

test("a refusal that may pass is tried three times", () => {
  assert.deepEqual([1, 2, 3, 4].map(refusalDelayMs), [1000, 2000, undefined, undefined])
})

test("who can wait rests ten minutes after three tries, and tries three times again", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(busyDelayMs), [1000, 2000, 600_000, 1000, 2000, 600_000])
})

for (const [errcode, api, passes] of [
  [-1, "message/send", true],
  [6000, "user/getuserid", true],
  [9_999_999, "message/send", true],
  [9_999_999, "media/upload", true],
  [9_999_999, "user/getuserid", false],
  [9_999_999, "message/recall", false],
  [0, "message/send", false],
  [45002, "message/send", false],
  [45009, "message/send", false],
  [60020, "message/send", false],
] as const) {
  test(`${errcode} of ${api} ${passes ? "may pass" : "stays"}`, () => {
    assert.equal(isPassingRefusal(errcode, api), passes)
  })
}

test("a spread delay is 75 to 100 % of it, so that each is longer than the one before", () => {
  assert.deepEqual([spreadDelay(1000, () => 0), spreadDelay(1000, () => 0.999)], [750, 1000])
})

test("a call in doubt is repeated until five minutes before the check ends, half the time of a short one, never without", () => {
  assert.equal(repeatUntil(NOW, 14_400), NOW + 14_100_000)
  assert.equal(repeatUntil(NOW, 60), NOW + 30_000)
  assert.equal(repeatUntil(NOW, null), -Infinity)
})
