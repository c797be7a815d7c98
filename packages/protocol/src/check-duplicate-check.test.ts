import assert from "node:assert/strict"
import test from "node:test"
import { checkDuplicateCheck } from "./check-duplicate-check.ts"
import type { Fault } from "./fault.ts"

test("the duplicate check is 0 or 1 and its interval 1 to 14400 whole seconds", () => {
  for (const interval of [1, 1800, 14_400])
    for (const enable of [0, 1])
      assert.deepEqual(checkDuplicateCheck({ enable_duplicate_check: enable, duplicate_check_interval: interval }), [])
})

test("both may be left out, and what else is in the body is not looked at", () => {
  assert.deepEqual(checkDuplicateCheck({}), [])
  assert.deepEqual(checkDuplicateCheck({ msgtype: 7, odd: "\0" }), [])
})

test("another value for the switch is named with those that are right", () => {
  const fault = { path: "enable_duplicate_check", severity: "error", allowed: [0, 1] }
  assert.deepEqual(checkDuplicateCheck({ enable_duplicate_check: 2 }), [{ ...fault, rule: "not_allowed" }])
  assert.deepEqual(checkDuplicateCheck({ enable_duplicate_check: true }), [
    { ...fault, rule: "wrong_type", because: "number" },
  ])
})

test("an interval outside its range is named with the bound it passed; 0 where the check is not asked for is a warning", () => {
  const fault = { path: "duplicate_check_interval", rule: "not_allowed", because: "1–14400" }
  for (const enable of [0, 1])
    assert.deepEqual(checkInterval(14_401, enable), [{ ...fault, severity: "error", limit: 14_400, actual: 14_401 }])
  assert.deepEqual(checkInterval(0, 1), [{ ...fault, severity: "error", limit: 1, actual: 0 }])
  for (const enable of [0, null, undefined]) {
    const [last] = checkInterval(0, enable).slice(-1)
    assert.deepEqual(last, { ...fault, severity: "warning", limit: 1, actual: 0 })
  }
})

test("null for either is a warning", () => {
  const fault = { rule: "empty", severity: "warning" }
  assert.deepEqual(checkDuplicateCheck({ enable_duplicate_check: null, duplicate_check_interval: null }), [
    { path: "enable_duplicate_check", ...fault },
    { path: "duplicate_check_interval", ...fault },
  ])
})

test("an interval that is no whole number has the wrong type", () => {
  const fault = { path: "duplicate_check_interval", rule: "wrong_type", severity: "error" }
  assert.deepEqual(checkInterval(1.5, 1), [{ ...fault, because: "integer" }])
  assert.deepEqual(checkInterval("600", 1), [{ ...fault, because: "number" }])
})

test("a body that is no object is a fault", () => {
  for (const body of [null, undefined, 1, "x", []])
    assert.deepEqual(
      checkDuplicateCheck(body).map((fault) => fault.rule),
      ["wrong_type"],
    )
})

function checkInterval(interval: unknown, enable: unknown): Fault[] {
  return checkDuplicateCheck({ enable_duplicate_check: enable, duplicate_check_interval: interval })
}
