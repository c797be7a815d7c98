import assert from "node:assert/strict"
import { createCipheriv, randomBytes } from "node:crypto"
import { test } from "node:test"
import { inspect } from "node:util"
import { decrypt, encrypt } from "@wecom/crypto"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import { CallbackCipher } from "./cipher.ts"
import { VECTOR, VECTOR_A, VECTOR_B } from "./testing/vectors.ts"

const { encodingAesKey, receiveId } = VECTOR
const cipher = new CallbackCipher(encodingAesKey, receiveId)

/** Encrypts bytes as they are, padding included. */
function encryptRaw(padded: Buffer): string {
  const key = Buffer.from(`${encodingAesKey}=`, "base64")
  const raw = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([raw.update(padded), raw.final()]).toString("base64")
}

/** Sixteen bytes of chance, a length, and what follows; padded to 32 as it should be. */
function plainWith(lengthField: number, rest: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(lengthField)
  const plain = Buffer.concat([randomBytes(16), length, Buffer.from(rest)])
  const padding = 32 - (plain.length % 32)
  return Buffer.concat([plain, Buffer.alloc(padding, padding)])
}

// proves 4.2: callbacks
test("WeCom's test vectors come out both ways", () => {
  for (const { message, encrypted } of [VECTOR_A, VECTOR_B]) {
    assert.equal(cipher.encrypt(message, VECTOR.random), encrypted)
    assert.deepEqual(cipher.decrypt(encrypted), { kind: "message", message })
  }
})

// proves 4.2: callbacks
test("300 messages of any text and key: another implementation reads ours, and we read its", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("base64"))
  const text = anyText({ maxLength: 300 })
  const id = fc.string({ unit: "grapheme-ascii", maxLength: 40 })
  fc.assert(
    fc.property(key, text, id, (base64, message, receiveId) => {
      const key = base64.slice(0, 43)
      const ours = new CallbackCipher(key, receiveId)
      const theirView = decrypt(key, ours.encrypt(message))
      assert.deepEqual([theirView.message, theirView.id], [message, receiveId])
      assert.deepEqual(ours.decrypt(encrypt(key, message, receiveId)), { kind: "message", message })
    }),
    { numRuns: 300 },
  )
})

test("every padding from 1 to 32 is taken, and a text that fits its block gets a whole block of it", () => {
  for (let length = 0; length < 32; length++) {
    const message = "x".repeat(length)
    assert.deepEqual(cipher.decrypt(cipher.encrypt(message)), { kind: "message", message })
  }
  const full = "x".repeat(64 - 20 - receiveId.length)
  assert.equal(Buffer.from(cipher.encrypt(full), "base64").length, 96)
})

test("two encryptions of one message differ", () => {
  assert.notEqual(cipher.encrypt("a"), cipher.encrypt("a"))
})

test("padding over 32, of 0, longer than the text, or of unlike bytes is refused", () => {
  const padded = plainWith(1, `x${receiveId}`)
  const withEnd = (...end: number[]): string =>
    encryptRaw(Buffer.concat([padded.subarray(0, padded.length - end.length), Buffer.from(end)]))
  for (const end of [[33], [0], [255], [4, 3, 3], [1, 2]]) {
    assert.deepEqual(cipher.decrypt(withEnd(...end)), { kind: "undecipherable", why: "padding" }, end.join())
  }
  const tooShort = encryptRaw(Buffer.alloc(16, 17))
  assert.deepEqual(cipher.decrypt(tooShort), { kind: "undecipherable", why: "padding" })
})

test("a length that leads past the end, or a text too short to hold one, is refused", () => {
  for (const lengthField of [200, 2 ** 32 - 1]) {
    const encrypted = encryptRaw(plainWith(lengthField, receiveId))
    assert.deepEqual(cipher.decrypt(encrypted), { kind: "undecipherable", why: "length" })
  }
  const nothingInside = encryptRaw(Buffer.concat([Buffer.alloc(8), Buffer.alloc(24, 24)]))
  assert.deepEqual(cipher.decrypt(nothingInside), { kind: "undecipherable", why: "length" })
})

test("a message for another receiver is refused, also one for a longer or a shorter name, or for none", () => {
  for (const other of ["ww9999999999999999", `${receiveId}0`, receiveId.slice(1), receiveId.toUpperCase(), ""]) {
    const encrypted = new CallbackCipher(encodingAesKey, other).encrypt("hi")
    assert.deepEqual(cipher.decrypt(encrypted), { kind: "undecipherable", why: "receive_id" }, other)
  }
})

test("a receiver without a name, as personal third-party apps have, is given as the empty text", () => {
  const nameless = new CallbackCipher(encodingAesKey, "")
  assert.deepEqual(nameless.decrypt(nameless.encrypt("hi")), { kind: "message", message: "hi" })
})

test("what is no Base64, or no whole blocks, is refused, whatever it is", () => {
  for (const encrypted of ["", "*", "abc", "YQ==", `${VECTOR_A.encrypted}\n`, VECTOR_A.encrypted.slice(4)]) {
    assert.equal(cipher.decrypt(encrypted).kind, "undecipherable", encrypted)
  }
  fc.assert(fc.property(fc.base64String(), (text) => cipher.decrypt(text).kind === "undecipherable"))
})

test("a message that is no UTF-8 is refused rather than shown with holes", () => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(1)
  const plain = Buffer.concat([randomBytes(16), length, Buffer.from([0xff]), Buffer.from(receiveId)])
  const padding = 32 - (plain.length % 32)
  const encrypted = encryptRaw(Buffer.concat([plain, Buffer.alloc(padding, padding)]))
  assert.deepEqual(cipher.decrypt(encrypted), { kind: "undecipherable", why: "utf8" })
})

test("another key deciphers nothing", () => {
  const other = new CallbackCipher(`x${encodingAesKey.slice(1)}`, receiveId)
  assert.equal(other.decrypt(VECTOR_B.encrypted).kind, "undecipherable")
})

test("what is no EncodingAESKey is refused without being repeated", () => {
  for (const key of ["", "short", `${encodingAesKey}=`, encodingAesKey.slice(1), `${encodingAesKey.slice(1)}*`]) {
    assert.throws(
      () => new CallbackCipher(key, receiveId),
      (error) => error instanceof TypeError && (key === "" || !error.message.includes(key)),
    )
  }
})

test("a cipher never shows its key", () => {
  const shown = inspect(cipher, { depth: 9, showHidden: true }) + JSON.stringify(cipher)
  assert.doesNotMatch(shown, new RegExp(encodingAesKey.slice(0, 8)))
})
