import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { lookUpErrcode } from "@wecom-push/protocol"
import { effectiveSettings } from "../packages/simulator/src/settings.ts"
import { testsOfCodes, testsOfLimits, testsOfSections } from "./wecom-rules/rows.ts"
import { WITHOUT_ROW } from "./wecom-rules/without-row.ts"

suite("rules of WeCom's and rows of the simulator's tests", () => {
  const listed = WITHOUT_ROW.map(({ errcode }) => errcode)

  // proves 32.rules: each code has a row or is listed with the reason
  test("each code of the catalogue has a row in a test of the simulator, or is listed with the reason", () => {
    const without = [...testsOfCodes()].filter(([, tests]) => tests.length === 0).map(([errcode]) => errcode)
    assert.deepEqual(listed.toSorted(ascending), without.toSorted(ascending))
  })

  test("what is listed is in the catalogue, once, and so is the code that is answered in its place", () => {
    assert.equal(new Set(listed).size, listed.length)
    for (const { errcode, answered } of WITHOUT_ROW) {
      assert.ok(lookUpErrcode(errcode) !== undefined, String(errcode))
      if (answered !== undefined) assert.ok(!listed.includes(answered), String(answered))
    }
  })

  // proves 32.rules: each section has rows
  test("each section of the reference that has rules is named by tests of the simulator", () => {
    const without = [...testsOfSections(SECTIONS)].filter(([, tests]) => tests.length === 0).map(([section]) => section)
    assert.deepEqual(without, [])
  })

  // proves 32.rules: each limit that counts has a row
  test("each limit that the simulator counts is set in a test of it", () => {
    const tests = testsOfLimits(Object.keys(effectiveSettings({}, 1000).limits))
    assert.deepEqual(
      [...tests].filter(([, ofLimit]) => ofLimit.length === 0).map(([limit]) => limit),
      [],
    )
  })
})

/** The sections on tokens, look-ups, sending, recalls, media, groups, callbacks, limits, contacts and smart robots. */
const SECTIONS = [
  "2",
  "3",
  ...parts(4, 13),
  ...parts(5, 4),
  ...parts(6, 4),
  ...parts(7, 2),
  ...parts(8, 8),
  "9",
  "10",
  "15",
]

function parts(section: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${section}.${index + 1}`)
}

function ascending(one: number, next: number): number {
  return one - next
}
