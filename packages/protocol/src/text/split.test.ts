import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../../tools/testing/linear-time.ts"
import { byteLength } from "./byte-length.ts"
import { splitText } from "./split.ts"
import {
  anchorsAreWhole,
  graphemesOf,
  hostileText,
  markdownIsClosed,
  markdownText,
  smallLimit,
  textWithAnchors,
  withoutAnchors,
  withoutMarkdown,
  withoutNumber,
} from "../testing/text-arbitraries.ts"

test("a text that fits is the only part, unchanged and without a number", () => {
  assert.deepEqual(splitText("你好", 64, { numbered: true }), ["你好"])
  assert.deepEqual(splitText("", 64), [""])
  assert.deepEqual(splitText("x".repeat(64), 64, { numbered: true }), ["x".repeat(64)])
})

test("breaks are at line ends where a part stays at least half full", () => {
  const line = `${"字".repeat(9)}\n`
  assert.deepEqual(splitText(line.repeat(5), 64), [line.repeat(2), line.repeat(2), line])
  const short = "短\n"
  assert.deepEqual(splitText(`${short}${"long words ".repeat(10)}`, 64), [
    `${short}${"long words ".repeat(5)}long `,
    `words ${"long words ".repeat(4)}`,
  ])
})

test("where no line ends, breaks are behind blanks and Chinese punctuation", () => {
  assert.deepEqual(splitText(`${"word ".repeat(12)}unbreakable`, 64), ["word ".repeat(12), "unbreakable"])
  assert.deepEqual(splitText(`${"字".repeat(19)}，${"字".repeat(5)}`, 64), [`${"字".repeat(19)}，`, "字".repeat(5)])
})

test("a text without any blank breaks between characters as a reader sees them", () => {
  const family = "👨‍👩‍👧‍👦"
  const parts = splitText(family.repeat(5), 64)
  assert.deepEqual(parts, [family.repeat(2), family.repeat(2), family])
})

test("numbers count as part of the limit, also when they grow to three digits", () => {
  const parts = splitText("x".repeat(6000), 64, { numbered: true })
  assert.equal(parts.length, 112)
  assert.ok(parts.at(0)?.startsWith("(1/112) x"))
  assert.ok(parts.at(-1)?.startsWith("(112/112) x"))
  assert.ok(parts.every((part) => byteLength(part) <= 64))
})

test("a number in markdown has a line of its own, so that a heading stays one", () => {
  const [first] = splitText(`# 标题\n${"字".repeat(30)}`, 64, { markup: "markdown", numbered: true })
  assert.match(first ?? "", /^\(1\/2\)\n# 标题\n/)
})

test("a link that fits into a part moves to the next one whole", () => {
  const link = '<a href="https://ci.example/4711">构建日志</a>'
  assert.deepEqual(splitText(`${"字".repeat(10)}${link}`, 64), ["字".repeat(10), link])
})

test("a link longer than a part becomes several links to the same place", () => {
  const open = '<a href="u">'
  assert.deepEqual(splitText(`${open}${"字".repeat(30)}</a>`, 64), [
    `${open}${"字".repeat(16)}</a>`,
    `${open}${"字".repeat(14)}</a>`,
  ])
})

test("bold and colour are closed before a break and opened again behind it, with blanks outside", () => {
  assert.deepEqual(splitText(`**${"bold ".repeat(20)}end**`, 64, { markup: "markdown" }), [
    `**${"bold ".repeat(11)}bold** `,
    `**${"bold ".repeat(8)}end**`,
  ])
  assert.deepEqual(splitText(`<font color="info">${"绿".repeat(20)}</font>`, 64, { markup: "markdown" }), [
    `<font color="info">${"绿".repeat(12)}</font>`,
    `<font color="info">${"绿".repeat(8)}</font>`,
  ])
})

test("a quoted line or a heading that continues repeats its sign", () => {
  assert.deepEqual(splitText(`> ${"引".repeat(30)}\n正文`, 64, { markup: "markdown" }), [
    `> ${"引".repeat(20)}`,
    `> ${"引".repeat(10)}\n正文`,
  ])
})

test("a bare address and an id to be translated are not torn", () => {
  const address = "https://ci.example/job/4711"
  assert.deepEqual(splitText(`${"字".repeat(15)}${address}。`, 64), ["字".repeat(15), `${address}。`])
  assert.deepEqual(splitText(`${"字".repeat(18)}$userName=zhangsan$`, 64), ["字".repeat(18), "$userName=zhangsan$"])
})

test("a character larger than a part is torn between code points, because nothing may be lost", () => {
  const zalgo = `e${"\u0301".repeat(100)}`
  const parts = splitText(zalgo, 64)
  assert.equal(parts.join(""), zalgo)
  assert.ok(parts.every((part) => byteLength(part) <= 64))
})

test("a link whose address alone is longer than a part is plain text", () => {
  const link = `<a href="https://x.example/${"p".repeat(100)}">here</a>`
  assert.equal(splitText(link, 64).join(""), link)
})

test("a limit that leaves no room is a RangeError naming the least one", () => {
  assert.throws(() => splitText("x", 63), { name: "RangeError", message: /at least 64, is 63/ })
  assert.throws(() => splitText("x", Number.NaN), RangeError)
})

test("any text: every part fits, joined they are the text, and no character is torn", () => {
  fc.assert(
    fc.property(hostileText, smallLimit, (text, limitBytes) => {
      const parts = splitText(text, limitBytes, { markup: "text" })
      assert.ok(parts.every((part) => byteLength(part) <= limitBytes && part !== "") || text === "")
      if (text.isWellFormed()) assert.ok(parts.every((part) => part.isWellFormed()))
      if (text.includes("<a")) return
      assert.equal(parts.join(""), text)
      if (graphemesOf(text).every((grapheme) => byteLength(grapheme) <= limitBytes)) {
        assert.deepEqual(parts.flatMap(graphemesOf), graphemesOf(text))
      }
    }),
    { numRuns: 500 },
  )
})

test("any text with links: no part holds half a link, and without tags nothing is lost", () => {
  fc.assert(
    fc.property(textWithAnchors, smallLimit, (text, limitBytes) => {
      const parts = splitText(text, limitBytes)
      assert.ok(parts.every((part) => byteLength(part) <= limitBytes))
      assert.ok(parts.every(anchorsAreWhole), JSON.stringify(parts))
      assert.equal(parts.map(withoutAnchors).join(""), withoutAnchors(text))
    }),
    { numRuns: 500 },
  )
})

test("any markdown: every part is closed in itself, and what a reader sees is all there", () => {
  fc.assert(
    fc.property(markdownText, fc.integer({ min: 120, max: 300 }), (text, limitBytes) => {
      const parts = splitText(text, limitBytes, { markup: "markdown" })
      assert.ok(parts.every((part) => byteLength(part) <= limitBytes))
      assert.ok(parts.every(markdownIsClosed), JSON.stringify(parts))
      assert.equal(parts.map(withoutMarkdown).join(""), withoutMarkdown(text))
    }),
    { numRuns: 500 },
  )
})

test("any text: numbered parts fit, count from 1 to their number, and hold what unnumbered ones would", () => {
  fc.assert(
    fc.property(hostileText, smallLimit, fc.constantFrom("text", "markdown"), (text, limitBytes, markup) => {
      const parts = splitText(text, limitBytes, { markup, numbered: true })
      assert.ok(parts.every((part) => byteLength(part) <= limitBytes))
      if (parts.length === 1) return
      const numbers = parts.map((part) => /^\((\d+)\/(\d+)\)/.exec(part)?.slice(1).map(Number))
      assert.deepEqual(
        numbers,
        parts.map((_, index) => [index + 1, parts.length]),
      )
      if (!/[<`*[>#]/.test(text)) assert.equal(parts.map(withoutNumber).join(""), text)
    }),
    { numRuns: 300 },
  )
})

test("every part is its own only part: splitting again changes nothing", () => {
  fc.assert(
    fc.property(hostileText, smallLimit, fc.constantFrom("text", "markdown"), (text, limitBytes, markup) => {
      for (const part of splitText(text, limitBytes, { markup })) {
        assert.deepEqual(splitText(part, limitBytes, { markup }), [part])
      }
    }),
  )
})

for (const [name, textOf] of Object.entries<(thousands: number) => string>({
  "unclosed links": (n) => "<a ".repeat(350 * n),
  "unclosed brackets": (n) => "[".repeat(1000 * n),
  "deeply nested links": (n) => `${"[".repeat(250 * n)}x${"](u)".repeat(200 * n)}`,
  "combining marks": (n) => `a${"\u0301".repeat(500 * n)}`,
  "blanks at which no break is possible": (n) => " \u0301".repeat(300 * n),
  flags: (n) => "🇨🇳".repeat(120 * n),
  "quoted empty lines": (n) => "> \n".repeat(330 * n),
  "unclosed colours": (n) => `${"<font c>".repeat(100 * n)}${"\n[".repeat(100 * n)}`,
})) {
  test(`a megabyte of ${name} is split in linear time`, async () => {
    for (const markup of ["text", "markdown"] as const) {
      const split = (thousands: number): void => {
        assert.ok(splitText(textOf(thousands), 2048, { markup }).length > thousands * 0.3)
      }
      await takesLinearTime(1000, split, markup)
    }
  })
}
