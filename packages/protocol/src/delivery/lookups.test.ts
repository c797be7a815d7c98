import assert from "node:assert/strict"
import { test } from "node:test"
import { beijingDay, nextBeijingDayAt } from "./beijing-day.ts"
import { isLookupPause, NO_PAUSE, nextPause, pausedUntil } from "./lookup-pause.ts"
import type { LookupPause } from "./lookup-pause.ts"
import {
  isLookupRecord,
  isUsableRecord,
  LOOKUP_LIFETIMES,
  LOOKUP_PACE,
  readLookup,
  recordOf,
  showsLookupsOpen,
} from "./lookups.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const HOUR = 3_600_000

for (const [errcode, userid, said, isOpen, remembered] of [
  [0, "ZhangSan", "found ZhangSan", true, "ZhangSan"],
  // A userid that would address others, or none: not an answer.
  [0, "@all", "nothing", false, undefined],
  [0, "a|b", "nothing", false, undefined],
  [0, undefined, "nothing", false, undefined],
  [46004, undefined, "not_found no_visible_member", true, null],
  [60111, undefined, "not_found no_visible_member", true, null],
  [60146, undefined, "not_found no_visible_member", true, null],
  [60147, undefined, "not_found no_visible_member", true, null],
  [60148, undefined, "not_found no_visible_member", true, null],
  [60103, undefined, "invalid malformed_mobile", true, undefined],
  [60105, undefined, "invalid malformed_email", true, undefined],
  [45009, undefined, "closed", false, undefined],
  [-1, undefined, "nothing", false, undefined],
  [60020, undefined, "nothing", false, undefined],
  [48002, undefined, "refused", true, undefined],
  [9_999_999, undefined, "refused", true, undefined],
] as const) {
  test(`a look-up answered ${errcode} ${userid ?? ""}: ${said}; ${isOpen ? "look-ups are open" : "says nothing of a pause"}`, () => {
    const read = readLookup({ errcode, errmsg: "", userid }, "user/getuserid")
    const detail = read.kind === "found" ? read.userid : "reason" in read ? read.reason : ""
    assert.equal(`${read.kind} ${detail}`.trim(), said)
    assert.equal(showsLookupsOpen(read), isOpen)
    assert.equal(recordOf(read, NOW)?.userid, remembered)
  })
}

for (const [userid, ageMs, isUsable] of [
  ["zhangsan", 0, true],
  ["zhangsan", 7 * 24 * HOUR - 1, true],
  ["zhangsan", 7 * 24 * HOUR, false],
  [null, 24 * HOUR - 1, true],
  [null, 24 * HOUR, false],
  ["zhangsan", -1, false],
  ["@all", 0, false],
] as const) {
  test(`${userid ?? "a miss"} stored ${ageMs / HOUR} hours ago ${isUsable ? "is used as an answer" : "is asked anew"}`, () => {
    assert.equal(isUsableRecord({ userid, storedAt: NOW - ageMs }, NOW, LOOKUP_LIFETIMES), isUsable)
  })
}

// proves 12.D1: one rule book, in both worlds
test("a pause that did not help is followed by a longer one: a minute, an hour, the next day in Beijing", () => {
  let pause: LookupPause | undefined
  const lengths: number[] = []
  for (let round = 0; round < 4; round++) {
    pause = nextPause(pause, NOW)
    lengths.push(pause.until - NOW)
  }
  assert.deepEqual(lengths, [60_000, HOUR, 12 * HOUR, 12 * HOUR])
  assert.equal(nextPause(NO_PAUSE, NOW).until, NOW + 60_000)
})

test("a pause ends at its time, and when the clock was set back since", () => {
  const pause = nextPause(undefined, NOW)
  assert.deepEqual(
    [NOW, NOW + 59_999, NOW + 60_000, NOW - 1].map((now) => pausedUntil(pause, now)),
    [NOW + 60_000, NOW + 60_000, undefined, undefined],
  )
  assert.equal(pausedUntil(NO_PAUSE, NOW), undefined)
  const untilTomorrow: LookupPause = { until: NOW + 24 * HOUR, step: 3 }
  assert.deepEqual([pausedUntil(untilTomorrow, NOW), pausedUntil(untilTomorrow, NOW - 1)], [NOW + 24 * HOUR, undefined])
})

test("what a store gave back is no record and no pause unless it has the form of one", () => {
  assert.ok(isLookupRecord({ userid: null, storedAt: 1 }) && isLookupPause({ until: 1, step: 3 }))
  for (const value of [undefined, null, 1, {}, { userid: 1, storedAt: 1 }, { userid: "a" }]) {
    assert.equal(isLookupRecord(value), false)
  }
  for (const value of [undefined, null, {}, { until: 1, step: 4 }, { until: "1", step: 1 }]) {
    assert.equal(isLookupPause(value), false)
  }
})

test("look-ups stay a tenth under WeCom's 10,000 a minute, and under its 150,000 an hour", () => {
  assert.deepEqual(LOOKUP_PACE, [
    { limit: 9_000, windowMs: 60_000 },
    { limit: 140_000, windowMs: HOUR },
  ])
})

test("days change at midnight in Beijing", () => {
  assert.equal(beijingDay(Date.UTC(2026, 10, 25, 15, 59, 59)), "2026-11-25")
  assert.equal(beijingDay(Date.UTC(2026, 10, 25, 16)), "2026-11-26")
  assert.equal(nextBeijingDayAt(NOW), Date.UTC(2026, 10, 25, 16))
  assert.equal(nextBeijingDayAt(Date.UTC(2026, 10, 25, 16)), Date.UTC(2026, 10, 26, 16))
})
