import assert from "node:assert/strict"
import { test } from "node:test"
import { isSendableUserid } from "./sendable-userid.ts"

for (const [userid, isSendable] of [
  ["zhangsan", true],
  ["007", true],
  ["张三", true],
  [" zhangsan", false],
  ["张三 ", false],
  ["@all", false],
  ["a|b", false],
  ["", false],
  ["x".repeat(65), false],
  [7, false],
  [null, false],
] as const) {
  test(`${JSON.stringify(userid)} ${isSendable ? "may" : "may not"} go into touser`, () => {
    assert.equal(isSendableUserid(userid), isSendable)
  })
}
