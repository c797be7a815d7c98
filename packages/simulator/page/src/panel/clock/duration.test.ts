import assert from "node:assert/strict"
import { test } from "node:test"
import { PANEL_WORDS } from "../words.ts"
import { durationText, localInput, secondsUntil } from "./duration.ts"

const said = (seconds: number): string => durationText(seconds, PANEL_WORDS.en, " ")

test("a duration is said in its two greatest units, and without what is nothing", () => {
  assert.deepEqual([0, 1, 60, 7200, 7201, 90_061, 259_200, 8_640_000].map(said), [
    "0 seconds",
    "1 second",
    "1 minute",
    "2 hours",
    "2 hours",
    "1 day 1 hour",
    "3 days",
    "100 days",
  ])
  assert.equal(durationText(93_600, PANEL_WORDS.zh, " "), "1 天 2 小时")
})

test("a day and time is as far away as it is in the zone of the browser", () => {
  const nowMs = new Date(2026, 10, 26, 12, 0, 0).getTime()
  assert.equal(localInput(nowMs), "2026-11-26T12:00:00")
  assert.equal(secondsUntil("2026-11-26T13:00", nowMs), 3600)
  assert.equal(secondsUntil("2026-11-26T11:59:59", nowMs), -1)
  assert.equal(secondsUntil("", nowMs), Number.NaN)
})
