import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { findJsonFault } from "./find-json-fault.ts"

const places = [
  ["{a:1}", 1, 2],
  ['{"a":1,}', 1, 8],
  ['{\n "a": 1\n "b": 2}', 3, 2],
  ['{"a":xyz}', 1, 6],
  ['{"a":01}', 1, 7],
  ['{"a":"\\x"}', 1, 8],
  ["[1 2]", 1, 4],
  ["你好", 1, 1],
] as const

test("the place where a text stops being JSON is found, also where Node does not name it", () => {
  for (const [text, line, column] of places) {
    const fault = findJsonFault(text)
    assert.deepEqual([fault?.line, fault?.column, fault?.isCutOff], [line, column, false], text)
  }
})

test("what is JSON has no fault", () => {
  fc.assert(fc.property(fc.json(), (text) => findJsonFault(text) === undefined))
})

test("an object cut off anywhere is reported as cut off, at its end", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, at) => {
      const whole = JSON.stringify(value)
      const beginning = whole.slice(0, at % whole.length)
      const fault = findJsonFault(beginning)
      assert.equal(fault?.isCutOff, true)
      assert.equal(fault?.column, beginning.length + 1)
    }),
  )
})
