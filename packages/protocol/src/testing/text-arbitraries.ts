import { anyText, fc } from "../../../../tools/testing/fast-check.ts"

/** Texts for property tests: what a person might send, and what no program should. */
const pieces = fc.constantFrom(
  "字",
  "告警，",
  "a",
  "word ",
  " ",
  "\n",
  "\r\n",
  "\r",
  "\u3000",
  "é",
  "e\u0301",
  "👨‍👩‍👧‍👦",
  "🇨🇳",
  "\u0301",
  "\u200d",
  "नि",
  "각",
  "😀",
)

const junk = fc.constantFrom(
  "<a ",
  '<a href="u">',
  "</a>",
  "<a href='\">",
  "**",
  "`",
  "[",
  "](u)",
  "](",
  ")",
  "<font c>",
  "</font>",
  "\n> ",
  "\n## ",
  "$userName=x$",
  "$userName=",
  "https://x.example/y",
)

const listOf = (...items: ReadonlyArray<fc.Arbitrary<string>>): fc.Arbitrary<string> =>
  fc.array(fc.oneof(...items), { maxLength: 120, size: "max" }).map((list) => list.join(""))

export const hostileText = fc.oneof(
  listOf(pieces),
  listOf(pieces, junk),
  listOf(junk),
  anyText({ maxLength: 300, size: "max" }),
)

const plain = fc.constantFrom("字", "告警，", "a", "word ", "😀", "👨‍👩‍👧‍👦", "e\u0301", "\n", " ")
const words = fc
  .array(fc.constantFrom("日志", "open ", "x", "😀"), { minLength: 1, maxLength: 40 })
  .map((w) => w.join(""))

export const textWithAnchors = listOf(
  plain,
  fc
    .tuple(fc.integer({ min: 1, max: 30 }), words)
    .map(([length, text]) => `<a href="${"u".repeat(length)}">${text}</a>`),
)

const label = words.map((text) => text.trim())
export const markdownText = fc
  .array(
    fc.tuple(
      fc.constantFrom("", "> ", "# ", "### "),
      fc.array(
        fc.oneof(
          words,
          label.map((text) => `**${text}**`),
          label.map((text) => `\`${text}\``),
          label.map((text) => `[${text}](https://x.example/y)`),
          label.map((text) => `<font color="warning">${text}</font>`),
          label.map((text) => `<font color="info">**${text}** and [${text}](u)</font>`),
        ),
        { minLength: 1, maxLength: 6 },
      ),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((lines) => lines.map(([mark, items]) => mark + items.join("、")).join("\n"))

/** Down to the least limit there is, where every character counts. */
export const smallLimit = fc.integer({ min: 64, max: 200 })

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
export const graphemesOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment)

export const anchorsAreWhole = (text: string): boolean =>
  !/<\/?a\b/.test(text.replaceAll(/<a href="[^"<>]*">[^<]+<\/a>/g, ""))

export function markdownIsClosed(text: string): boolean {
  const bare = text
    .replaceAll(/`[^`\n]+`/g, "")
    .replaceAll(/\[[^[\]\n]+\]\([^()\s]+\)/g, "·")
    .replaceAll(/\*\*[^*\n]+\*\*/g, "·")
    .replaceAll(/<font color="\w+">[^<]+<\/font>/g, "·")
  return !/[*`[\]]|<\/?font/.test(bare)
}

export const withoutNumber = (part: string): string => part.replace(/^\(\d+\/\d+\)[ \n]/, "")

export const withoutAnchors = (text: string): string => text.replaceAll(/<a [^>]*>|<\/a>/g, "")

export const withoutMarkdown = (text: string): string =>
  text.replaceAll(/\*\*|`|<\/?font[^>]*>|\[|\]\([^)]*\)|^(?:> |#{1,6} )/gm, "")
