import assert from "node:assert/strict"
import { isUtf8 } from "node:buffer"
import { test } from "node:test"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import { cutText, decodeUtf8, findBadText, storableText } from "./bad-text.ts"

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

test("a text to be stored has U+FFFD in place of each NUL and each half of a pair, and is otherwise the same", () => {
  assert.equal(storableText("ok\0 \ud83d 😀 \ude00"), "ok\ufffd \ufffd 😀 \ufffd")
  fc.assert(fc.property(anyText(), (text) => findBadText(storableText(text)) === undefined))
})

test("a text is cut to a length in UTF-16 units, and never within a character", () => {
  assert.equal(cutText("a😀b", 4), "a😀b")
  assert.equal(cutText("a😀b", 3), "a😀")
  assert.equal(cutText("a😀b", 2), "a")
  assert.equal(cutText("a😀b", 0), "")
})

test("UTF-8 is decoded as it is, a byte order mark included", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
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

// proves 12.T5: a bad byte behind Chinese text
test("any bytes: the refused byte is where the longest beginning that is UTF-8 ends", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 40 }), (text, junk) => {
      const bytes = Uint8Array.from([...new TextEncoder().encode(text), ...junk])
      let invalidAtByte = bytes.length
      while (!isUtf8(bytes.subarray(0, invalidAtByte))) invalidAtByte--
      const expected = invalidAtByte < bytes.length ? { invalidAtByte } : { text: Buffer.from(bytes).toString() }
      assert.deepEqual(decodeUtf8(bytes), expected)
    }),
  )
})
