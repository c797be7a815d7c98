import assert from "node:assert/strict"
import { test } from "node:test"
import { lookupKeys } from "./lookup-key.ts"
import { keyAtOnce, questionFor } from "./question.ts"
import type { Address, EmailType } from "./question.ts"

const keys = lookupKeys({ baseUrl: "https://wecom.example.com", corpId: "ww1", agentId: 1, secret: "s" })

const addresses: [Address, EmailType][] = [
  [{ type: "mobile", address: "13800000001" }, 1],
  [{ type: "email", address: "LiSi@example.com" }, 1],
  [{ type: "email", address: " lisi@Example.com " }, 2],
]
for (const [address, emailType] of addresses) {
  test(`${JSON.stringify(address.address)} has its key without a wait`, async () => {
    const question = await questionFor(address, keys, emailType)
    assert.ok(question !== undefined)
    assert.equal(keyAtOnce(address, keys, emailType), question.key)
  })
}

test("a foreign number has to be waited for; what is malformed has no key", () => {
  assert.equal(keyAtOnce({ type: "mobile", address: "+852 9123 4567" }, keys), undefined)
  assert.equal(keyAtOnce({ type: "mobile", address: "hello" }, keys), undefined)
  assert.equal(keyAtOnce({ type: "email", address: "a@b@c" }, keys), undefined)
})
