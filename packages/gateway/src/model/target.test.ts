import assert from "node:assert/strict"
import { test } from "node:test"
import type { RecipientType } from "./recipients.ts"
import { isLookedUp, targetOf } from "./target.ts"

function target(type: RecipientType, address: string, userid: string | null = null, slot = 0) {
  const chunk = {
    index: 0,
    types: [type],
    addresses: [address],
    states: ["pending" as const],
    userids: [userid],
    calls: [null],
    details: {},
  }
  return targetOf(chunk, slot)
}

test("mobiles and emails are looked up first, and become the member who was found", () => {
  for (const type of ["mobile", "email"] as const) {
    assert.equal(isLookedUp(type), true)
    assert.equal(target(type, "13800000001"), undefined)
    assert.deepEqual(target(type, "13800000001", "zhangsan"), { kind: "user", id: "zhangsan" })
  }
})

test("other types keep their name, and @all goes out as WeCom writes it", () => {
  for (const kind of ["user", "department", "tag"] as const) {
    assert.equal(isLookedUp(kind), false)
    assert.deepEqual(target(kind, "7", "zhangsan"), { kind, id: "7" })
  }
  assert.equal(isLookedUp("all"), false)
  assert.deepEqual(target("all", "everybody"), { kind: "all", id: "@all" })
})

test("a missing slot is no target", () => {
  assert.equal(target("user", "zhangsan", null, 1), undefined)
})
