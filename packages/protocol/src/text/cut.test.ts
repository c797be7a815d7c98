import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import {
  anchorsAreWhole,
  graphemesOf,
  hostileText,
  markdownIsClosed,
  markdownText,
  textWithAnchors,
} from "../testing/text-arbitraries.ts"
import { byteLength } from "./byte-length.ts"
import { cutText } from "./cut.ts"

test("a text that fits comes back as it is, unclosed signs and all", () => {
  assert.equal(cutText("你好", 6), "你好")
  assert.equal(cutText("**你好", 8, { markup: "markdown" }), "**你好")
  assert.equal(cutText("", 0), "")
})

test("the cut falls between characters as a reader sees them", () => {
  assert.equal(cutText("你好吗", 8), "你好")
  assert.equal(cutText("ok👨‍👩‍👧‍👦", 20), "ok")
  assert.equal(cutText("e\u0301e\u0301", 5), "e\u0301")
  assert.equal(cutText("a\r\n", 2), "a")
  assert.equal(cutText("🇨🇳🇨🇳", 12), "🇨🇳")
})

test("a character larger than the limit is torn rather than leaving nothing", () => {
  assert.equal(cutText(`e${"\u0301".repeat(9)}`, 5), "e\u0301\u0301")
  assert.equal(cutText("😀", 3), "")
})

test("a link that reaches over the limit is left out", () => {
  const text = `${"字".repeat(10)}<a href="https://ci.example">日志</a>`
  assert.equal(cutText(text, 60), "字".repeat(10))
  assert.equal(cutText(text, byteLength(text)), text)
})

test("a link that takes up more than half is closed early instead", () => {
  assert.equal(cutText(`见<a href="u">${"长".repeat(30)}</a>`, 60), `见<a href="u">${"长".repeat(13)}</a>`)
})

test("a link whose address leaves no room is left out, even if nothing remains", () => {
  assert.equal(cutText(`见<a href="${"u".repeat(90)}">日志</a>`, 60), "见")
  assert.equal(cutText(`<a href="${"u".repeat(90)}">日志</a>`, 60), "")
})

test("bold, colour and code are left out or closed, and signs without text behind them go", () => {
  const markdown = { markup: "markdown" } as const
  assert.equal(cutText(`${"字".repeat(10)}**粗体**`, 38, markdown), "字".repeat(10))
  assert.equal(cutText(`**${"粗".repeat(30)}**`, 40, markdown), `**${"粗".repeat(12)}**`)
  assert.equal(
    cutText(`<font color="info">${"绿".repeat(30)}</font>`, 60, markdown),
    `<font color="info">${"绿".repeat(11)}</font>`,
  )
  assert.equal(cutText(`${"字".repeat(10)}\n> 引用`, 34, markdown), `${"字".repeat(10)}\n`)
})

test("a bare address that reaches over the limit is left out, so that no reader follows half of it", () => {
  assert.equal(cutText(`${"字".repeat(15)} https://ci.example/4711`, 60), `${"字".repeat(15)} `)
})

test("any text: the cut fits, starts the text, tears no character, and cutting again changes nothing", () => {
  const limits = fc.integer({ min: 0, max: 200 })
  fc.assert(
    fc.property(hostileText, limits, fc.constantFrom("text", "markdown"), (text, limitBytes, markup) => {
      const cut = cutText(text, limitBytes, { markup })
      assert.ok(byteLength(cut) <= limitBytes)
      assert.equal(cutText(cut, limitBytes, { markup }), cut)
      if (text.isWellFormed()) assert.ok(cut.isWellFormed())
      if (/[<`*[]/.test(text)) return
      assert.ok(text.startsWith(cut))
      const whole = graphemesOf(text)
      if (byteLength(whole[0] ?? "") > limitBytes) return
      assert.deepEqual(graphemesOf(cut), whole.slice(0, graphemesOf(cut).length))
    }),
    { numRuns: 500 },
  )
})

test("any text with links, any markdown: the cut holds no half of anything", () => {
  fc.assert(
    fc.property(textWithAnchors, markdownText, fc.integer({ min: 40, max: 400 }), (text, markdown, limitBytes) => {
      assert.ok(anchorsAreWhole(cutText(text, limitBytes)))
      const cut = cutText(markdown, limitBytes, { markup: "markdown" })
      assert.ok(markdownIsClosed(cut), cut)
    }),
    { numRuns: 500 },
  )
})

test("plain text is cut at the last character that fits", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.integer({ min: 40, max: 80 }),
      (text, limitBytes) => {
        const cut = cutText(text.replaceAll(/[<$:]/g, ""), limitBytes)
        const next = graphemesOf(text.replaceAll(/[<$:]/g, ""))[graphemesOf(cut).length] ?? ""
        assert.ok(next === "" || byteLength(cut + next) > limitBytes)
      },
    ),
  )
})

test("megabytes behind the cut are not looked at", () => {
  const start = `**${"字".repeat(100)}** ${"字".repeat(100)}`
  const cut = cutText(start + "字".repeat(100_000), 600, { markup: "markdown" })
  for (const part of ["[a](http://b) ", "> a\n", "**a** "]) {
    assert.equal(cutText(start + "字".repeat(100_000) + part.repeat(200_000), 600, { markup: "markdown" }), cut)
  }
  assert.ok(!cutText(`**${"字".repeat(100_000)}**`, 600, { markup: "markdown" }).endsWith("**"), "closed too far away")
})
