import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { inspect } from "node:util"
import { test } from "node:test"
import { SecretBox } from "./secret-box.ts"

const key = randomBytes(32)
const box = new SecretBox(key)

test("a sealed secret opens, and does not show in its sealed form", () => {
  for (const secret of ["", "canary", "密钥 😀", "x".repeat(10_000)]) {
    const sealed = box.seal(secret, "app alerts")
    assert.equal(box.open(sealed, "app alerts"), secret)
    if (secret !== "") assert.ok(!sealed.includes(secret))
  }
})

test("a secret sealed for one place does not open in another", () => {
  assert.throws(() => box.open(box.seal("canary", "app alerts"), "app hr"), { code: "damaged" })
})

test("one changed character is noticed, wherever it is", () => {
  const sealed = box.seal("canary", "app alerts")
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1)
    // The last character of base64 holds unused bits.
    if (Buffer.from(changed.slice(9), "base64url").equals(Buffer.from(sealed.slice(9), "base64url")) && at > 8) continue
    assert.throws(() => box.open(changed, "app alerts"), { name: "SecretBoxError" })
  }
  for (const text of ["", ".", "nonsense", sealed.slice(0, 20)]) {
    assert.throws(() => box.open(text, "app alerts"), { name: "SecretBoxError" })
  }
})

test("another master key opens nothing, unless the one before is given", () => {
  const sealed = box.seal("canary", "app alerts")
  const newKey = randomBytes(32)
  assert.throws(() => new SecretBox(newKey).open(sealed, "app alerts"), { code: "unknown_key" })
  const rotating = new SecretBox(newKey, key)
  assert.equal(rotating.open(sealed, "app alerts"), "canary")
  assert.deepEqual([rotating.isCurrent(sealed), rotating.isCurrent(rotating.seal("a", "b"))], [false, true])
})

const SEALS = Number(process.env["WECOM_PUSH_SEALS"] ?? 50_000)

// proves row 42: a copy of the database
test(`row 42: no two of ${SEALS} seals of one secret share a nonce`, () => {
  // Eight of the twelve bytes: of a million they alone are equal by chance once in thirty million runs.
  const nonces = BigUint64Array.from({ length: SEALS }, () =>
    Buffer.from(box.seal("canary", "app alerts").slice(9, 25), "base64url").readBigUInt64LE(),
  ).toSorted()
  let repeats = 0
  for (let index = 1; index < nonces.length; index++) if (nonces[index] === nonces[index - 1]) repeats++
  assert.equal(repeats, 0)
})

test("a master key of another length is refused, and none shows when inspected", () => {
  assert.throws(() => new SecretBox(randomBytes(31)), /32 bytes, this one 31/)
  const text = new SecretBox(Buffer.from("canary".repeat(6).slice(0, 32)))
  assert.ok(!inspect(text, { depth: null, showHidden: true }).includes("canary"))
})
