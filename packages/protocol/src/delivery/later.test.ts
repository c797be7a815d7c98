import assert from "node:assert/strict"
import { test } from "node:test"
import { isMediaReusable } from "./media-lifetime.ts"
import { isRecallable, readRecall } from "./recall.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const HOUR = 3_600_000

for (const [hours, isReusable] of [
  [0, true],
  [65, true],
  [66, false],
  [72, false],
] as const) {
  test(`a file that was uploaded ${hours} hours ago is ${isReusable ? "named again" : "uploaded anew"}`, () => {
    assert.equal(isMediaReusable(NOW - hours * HOUR, NOW), isReusable)
  })
}

for (const [errcode, result] of [
  [0, "recalled"],
  [42052, "expired"],
  [301002, "refused"],
] as const) {
  test(`a recall answered ${errcode} is ${result}`, () => assert.equal(readRecall(errcode), result))
}

test("a call can be recalled for 24 hours", () => {
  assert.deepEqual([isRecallable(NOW - 24 * HOUR, NOW), isRecallable(NOW - 24 * HOUR - 1, NOW)], [true, false])
})
