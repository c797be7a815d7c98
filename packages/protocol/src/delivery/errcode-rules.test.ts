import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyErrcode, errcodeEntries, lookUpErrcode } from "../errcodes.ts"
import { mayNameOneRecipient, pausesApp } from "./errcode-rules.ts"

const codes = (rule: (errcode: number) => boolean): number[] =>
  errcodeEntries()
    .map(({ errcode }) => errcode)
    .filter(rule)
    .toSorted((one, other) => one - other)

test("codes that stop every message of an app pause it, and no others", () => {
  assert.deepEqual(codes(pausesApp), [40001, 40013, 40056, 40091, 45031, 50003, 60020, 60031, 301002])
  for (const errcode of codes(pausesApp)) assert.equal(lookUpErrcode(errcode)?.class, "configuration")
  assert.equal(classifyErrcode(40001, "message/send").class, "token")
})

test("codes that one bad id among many may cause are distinguished from those that concern all of them", () => {
  assert.deepEqual(
    codes(mayNameOneRecipient),
    [40003, 40031, 40066, 40068, 46004, 50002, 60003, 60011, 60021, 60030, 60111, 60123, 81011, 92000, 301021],
  )
  for (const errcode of codes(mayNameOneRecipient)) {
    assert.ok(["recipient", "configuration"].includes(lookUpErrcode(errcode)?.class ?? ""), String(errcode))
  }
  for (const errcode of [-1, 40001, 40032, 45009, 60020, 81013, 82001]) {
    assert.equal(mayNameOneRecipient(errcode), false, String(errcode))
  }
})
