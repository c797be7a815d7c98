import assert from "node:assert/strict"
import { test } from "node:test"
import { normalizeEmail } from "./email.ts"

test("an address is asked for without the blanks around it", () => {
  assert.equal(normalizeEmail(" zhangsan@example.com\n"), "zhangsan@example.com")
})

for (const given of ["", "zhangsan", "a@b@c", "a b@example.com", "<a@example.com>", `${"a".repeat(60)}@b.cn`]) {
  test(`${JSON.stringify(given)} cannot be an address`, () => {
    assert.equal(normalizeEmail(given), undefined)
  })
}
