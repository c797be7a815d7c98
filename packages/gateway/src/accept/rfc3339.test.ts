import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { formatRfc3339, parseRfc3339, whyNoTime } from "./rfc3339.ts"

test("what is written can be read again", () => {
  const times = fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  fc.assert(fc.property(times, (time) => assert.equal(parseRfc3339(formatRfc3339(time.getTime())), time.getTime())))
})

// proves N7: odd days of the calendar
test("zones are counted in", () => {
  const noon = Date.UTC(2026, 10, 25, 4)
  for (const text of ["2026-11-25T12:00:00+08:00", "2026-11-25T04:00:00Z", "2026-11-24T23:30:00-04:30"]) {
    assert.equal(parseRfc3339(text), noon, text)
  }
})

// proves N7: odd days of the calendar
test("there is a 29th of February in leap years alone", () => {
  for (const [year, isLeap] of [
    [2024, true],
    [2026, false],
    [2000, true],
    [2100, false],
  ] as const) {
    assert.equal(parseRfc3339(`${year}-02-29T00:00:00Z`) !== undefined, isLeap, String(year))
  }
})

// proves N7: odd days of the calendar
test("the year 2038 is a year like any other", () => {
  assert.equal(parseRfc3339("2038-01-19T03:14:08Z"), 2 ** 31 * 1000)
})

test("anything else is no time", () => {
  const texts = [
    "",
    "2026-11-25",
    "2026-11-25T12:00Z",
    "2026-11-25T12:00:00",
    "2026-11-25T12:00:60Z",
    "2026-11-25T12:00:00+24:00",
    "2026-11-25T12:00:00+08:60",
    "2026-11-25T24:00:00Z",
    "2026-11-25T12:60:00Z",
    "2026-00-25T12:00:00Z",
    "2026-13-25T12:00:00Z",
    "2026-11-00T12:00:00Z",
    "2026-11-31T12:00:00Z",
    "2026-11-25T12:00:00.Z",
    "+002026-11-25T12:00:00Z",
    " 2026-11-25T12:00:00Z",
  ]
  for (const text of texts) assert.equal(parseRfc3339(text), undefined, text)
})

// proves 28.day: a day that is not there
test("a day that the calendar does not have is named, and not taken for a missing zone", () => {
  for (const [text, day] of [
    ["2027-02-30T04:00:00Z", "2027-02-30"],
    ["2026-11-31T12:00:00+08:00", "2026-11-31"],
  ] as const) {
    const { en, zh } = whyNoTime(text)
    assert.match(en, new RegExp(`^names ${day}, a day that the calendar does not have`))
    assert.ok(zh.includes(day), zh)
  }
  for (const text of ["2027-02-28T04:00:00", "2027-02-30", "tomorrow"]) {
    assert.match(whyNoTime(text).en, /^is not an RFC 3339 time with offset/, text)
  }
})
