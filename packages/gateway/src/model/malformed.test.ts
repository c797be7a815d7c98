import assert from "node:assert/strict"
import { test } from "node:test"
import { isMalformed, malformedReason } from "./malformed.ts"

test("what is wrong with an address is reported by the word that the SDK has for it", () => {
  assert.deepEqual(
    (["user", "mobile", "email"] as const).map((type) => malformedReason(type)),
    ["malformed_userid", "malformed_mobile", "malformed_email"],
  )
})

test("refused for its form is what was never asked: with WeCom's code, or another reason, it was not", () => {
  assert.equal(isMalformed({ reason: "malformed_mobile" }), true)
  assert.equal(isMalformed({ reason: "impossible_mobile" }), true)
  assert.equal(isMalformed({ reason: "malformed_mobile", errcode: 46004 }), false)
  assert.equal(isMalformed({ reason: "not_malformed_mobile" }), false)
  assert.equal(isMalformed({}), false)
  assert.equal(isMalformed(undefined), false)
})
