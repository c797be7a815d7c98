import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { decodeUtf8, findBadText } from "./bad-text.ts"

test("a text that can be sent and stored has nothing bad in it", () => {
  for (const text of ["", "你好 😀", "e\u0301\u200d\ufeff\ufffd", "\u0001\r\n"])
    assert.equal(findBadText(text), undefined)
})

test("the first NUL or half surrogate is named with its position", () => {
  assert.deepEqual(findBadText("你\0好"), { rule: "nul", position: 1 })
  assert.deepEqual(findBadText("😀\ud83d"), { rule: "lone_surrogate", position: 2 })
  assert.deepEqual(findBadText("\ude00😀"), { rule: "lone_surrogate", position: 0 })
  assert.deepEqual(findBadText("a\0\ud800"), { rule: "nul", position: 1 })
  assert.deepEqual(findBadText("a\ud800\0"), { rule: "lone_surrogate", position: 1 })
})

test("UTF-8 is decoded as it is, a byte order mark included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const wellFormed = text.toWellFormed()
      assert.deepEqual(decodeUtf8(new TextEncoder().encode(wellFormed)), { text: wellFormed })
    }),
  )
  assert.deepEqual(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), { text: "\ufeffa" })
})

for (const [what, bytes, invalidAtByte] of [
  ["a byte that never occurs", [0x61, 0xff], 1],
  ["a continuation without a start", [0x61, 0x62, 0x80], 2],
  ["a sequence broken off by another character", [0xe4, 0xbd, 0x41], 0],
  ["a sequence broken off by the end", [0x61, 0xe4, 0xbd], 1],
  ["an overlong form", [0xc0, 0x80], 0],
  ["an overlong form of three bytes", [0xe0, 0x9f, 0xbf], 0],
  ["an encoded surrogate", [0x61, 0xed, 0xa0, 0x80], 1],
  ["a number beyond Unicode", [0xf4, 0x90, 0x80, 0x80], 0],
  ["GBK (你好)", [0xc4, 0xe3, 0xba, 0xc3], 0],
] as const) {
  test(`${what} is refused with the byte where it starts`, () => {
    assert.deepEqual(decodeUtf8(Uint8Array.from(bytes)), { invalidAtByte })
  })
}

test("any bytes: what stands before the refused byte is valid, and the byte is not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: "grapheme" }), (junk, text) => {
      const bytes = Uint8Array.from([...new TextEncoder().encode(text), ...junk])
      const decoded = decodeUtf8(bytes)
      if ("text" in decoded) return
      assert.ok("text" in decodeUtf8(bytes.subarray(0, decoded.invalidAtByte)))
      assert.deepEqual(decodeUtf8(bytes.subarray(decoded.invalidAtByte)), { invalidAtByte: 0 })
    }),
  )
})
