import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { characterLength } from "../character-length.ts"
import { hostileText } from "../testing/text-arbitraries.ts"
import { cutCharacters } from "./cut-characters.ts"

test("a text that fits comes back as it is", () => {
  assert.equal(cutCharacters("打开详情", 4), "打开详情")
  assert.equal(cutCharacters("", 4), "")
})

test("an emoji is one character, and what a reader sees as one is not torn", () => {
  assert.equal(cutCharacters("😀😀😀😀😀", 4), "😀😀😀😀")
  assert.equal(cutCharacters("ab👨‍👩‍👧‍👦", 4), "ab")
  assert.equal(cutCharacters("👨‍👩‍👧‍👦", 2), "👨‍", "rather torn than nothing")
})

test("no half of a tag is left", () => {
  assert.equal(cutCharacters('两天<div class="gray">一月</div>', 10), "两天")
  assert.equal(cutCharacters("1 < 2 和 3 < 4", 10), "1 < 2 和 3 ", "a sign is no tag")
})

test("any text: the cut fits, starts the text, tears no code point, and cutting again changes nothing", () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 1, max: 60 }), (text, limit) => {
      const cut = cutCharacters(text, limit)
      assert.ok(characterLength(cut) <= limit)
      assert.ok(text.startsWith(cut))
      assert.equal(cutCharacters(cut, limit), cut)
      if (text.isWellFormed()) assert.ok(cut.isWellFormed())
    }),
    { numRuns: 500 },
  )
})
