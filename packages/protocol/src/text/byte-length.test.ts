import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../../tools/testing/linear-time.ts"
import { hostileText } from "../testing/text-arbitraries.ts"
import { byteLength } from "./byte-length.ts"
import { cutBytesLikeWeCom } from "./cut-bytes.ts"

const anyText = fc.oneof(
  hostileText,
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)

test("the length is that of the UTF-8 encoding, half surrogates included", () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(byteLength(text), new TextEncoder().encode(text).length)))
})

test("a megabyte is measured in a time that grows with the length", async () => {
  await takesLinearTime(50_000, (times) => assert.equal(byteLength("磁盘告警 disk 😀".repeat(times)), times * 22))
})

test("WeCom's cut keeps whole code points, tears emoji sequences and links", () => {
  assert.equal(cutBytesLikeWeCom("你好", 5), "你")
  assert.equal(cutBytesLikeWeCom("👨‍👩‍👧‍👦", 8), "👨‍")
  assert.equal(cutBytesLikeWeCom('<a href="u">日志</a>', 15), '<a href="u">日')
})

test("WeCom's cut is the longest prefix of whole code points that fits", () => {
  fc.assert(
    fc.property(anyText, fc.nat(100), (text, limitBytes) => {
      const cut = cutBytesLikeWeCom(text, limitBytes)
      assert.ok(text.startsWith(cut) && byteLength(cut) <= limitBytes)
      const [next = ""] = text.slice(cut.length)
      assert.ok(next === "" || byteLength(cut) + byteLength(next) > limitBytes)
    }),
  )
})
