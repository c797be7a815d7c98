import assert from "node:assert/strict"
import { test } from "node:test"
import { getSignature } from "@wecom/crypto"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { isCallbackSignature, signCallback } from "./signature.ts"
import { VECTOR, VECTOR_A, VECTOR_B } from "./testing/vectors.ts"

const { token, timestamp, nonce } = VECTOR

// proves 4.2: callbacks
test("the signatures of WeCom's test vectors come out", () => {
  for (const { encrypted, signature } of [VECTOR_A, VECTOR_B]) {
    assert.equal(signCallback({ token, timestamp, nonce, encrypted }), signature)
    assert.equal(isCallbackSignature(signature, { token, timestamp, nonce, encrypted }), true)
  }
})

test("whatever the four texts, another implementation signs them alike", () => {
  const text = fc.string({ maxLength: 40 })
  fc.assert(
    fc.property(text, text, text, text, (token, timestamp, nonce, encrypted) => {
      assert.equal(
        signCallback({ token, timestamp, nonce, encrypted }),
        getSignature(token, timestamp, nonce, encrypted),
      )
    }),
  )
})

test("any other signature is refused, also one of another length, of capitals, or of characters of several bytes", () => {
  const parts = { token, timestamp, nonce, encrypted: VECTOR_A.encrypted }
  const right = VECTOR_A.signature
  const last = right.endsWith("0") ? "1" : "0"
  const wrong = ["", right.slice(1), `${right}0`, right.slice(0, -1) + last, right.toUpperCase(), "签".repeat(40)]
  for (const signature of wrong) assert.equal(isCallbackSignature(signature, parts), false, signature)
})

test("a change in any of the four texts breaks the signature", () => {
  const parts = { token, timestamp, nonce, encrypted: VECTOR_A.encrypted }
  for (const name of ["token", "timestamp", "nonce", "encrypted"] as const) {
    assert.equal(isCallbackSignature(VECTOR_A.signature, { ...parts, [name]: `${parts[name]}x` }), false, name)
  }
})
