import assert from "node:assert/strict"
import { test } from "node:test"
import { isNewStretch, shortWhenOf, whenOf } from "./times.ts"

const NOW = new Date(2026, 10, 25, 15, 0)
const at = (...[month, day, hour, minute]: [number, number, number, number]): string =>
  new Date(2026, month - 1, day, hour, minute).toISOString()

for (const [time, zh, en, short] of [
  [at(11, 25, 9, 5), "09:05", "09:05", "09:05"],
  [at(11, 24, 23, 59), "昨天 23:59", "Yesterday 23:59", "昨天"],
  [at(11, 20, 8, 0), "星期五 08:00", "Friday 08:00", "11/20"],
  [at(11, 18, 8, 0), "11月18日 08:00", "18 Nov 08:00", "11/18"],
  [at(11, 26, 8, 0), "11月26日 08:00", "26 Nov 08:00", "11/26"],
  [new Date(2025, 0, 2, 8, 0).toISOString(), "2025年1月2日 08:00", "2 Jan 2025 08:00", "1/2"],
] as const) {
  test(`on 25 November at 15:00, ${en} is written as ${zh}, and in the list as ${short}`, () => {
    assert.equal(whenOf(time, "zh", NOW), zh)
    assert.equal(whenOf(time, "en", NOW), en)
    assert.equal(shortWhenOf(time, "zh", NOW), short)
  })
}

test("a time is shown above the first message, after five quiet minutes and on another day", () => {
  assert.equal(isNewStretch(at(11, 25, 9, 0), undefined), true)
  assert.equal(isNewStretch(at(11, 25, 9, 5), at(11, 25, 9, 0)), false)
  assert.equal(isNewStretch(at(11, 25, 9, 6), at(11, 25, 9, 0)), true)
  assert.equal(isNewStretch(at(11, 26, 0, 1), at(11, 25, 23, 59)), true)
})
