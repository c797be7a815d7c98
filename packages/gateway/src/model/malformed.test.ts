import assert from "node:assert/strict"
import { test } from "node:test"
import { isMalformed, malformedReason } from "./malformed.ts"

test("the fault of an address is reported by the SDK's word for it", () => {
  assert.deepEqual(
    (["user", "mobile", "email"] as const).map((type) => malformedReason(type)),
    ["malformed_userid", "malformed_mobile", "malformed_email"],
  )
})

test("malformed is a recipient that WeCom was not asked for: one with WeCom's code, or another reason, is not", () => {
  assert.equal(isMalformed({ reason: "malformed_mobile" }), true)
  assert.equal(isMalformed({ reason: "impossible_mobile" }), true)
  assert.equal(isMalformed({ reason: "malformed_mobile", errcode: 46004 }), false)
  assert.equal(isMalformed({ reason: "not_malformed_mobile" }), false)
  assert.equal(isMalformed({}), false)
  assert.equal(isMalformed(undefined), false)
})
