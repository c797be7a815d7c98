import { byteLength, fitBytes } from "./byte-length.ts"
import { TEXT_START, findBreak } from "./find-break.ts"
import { isSpan, layOut } from "./layout.ts"
import type { Treat } from "./layout.ts"
import { parseMarkup } from "./markup.ts"
import type { Markup, ParsedMarkup } from "./markup.ts"
import { renderPart } from "./render-part.ts"

export interface SplitOptions {
  /** Whose constructs are not cut in two: `text` (default) knows `<a>`, `markdown` WeCom's subset. */
  readonly markup?: Markup
  /**
   * Puts `(2/5) ` before each part, within the limit; in markdown `(2/5)` has a line of its own, so that a heading
   * stays a heading. A text that fits has no number.
   */
  readonly numbered?: boolean
}

/** With a smaller limit the marks that open and close constructs would leave no room for text. */
export const MIN_SPLIT_BYTES = 64

/**
 * Splits a text into parts of at most `limitBytes` of UTF-8, each of which reads well alone. It breaks at line ends,
 * else after blanks and Chinese punctuation, else between characters as a reader sees them (graphemes). A construct
 * (link, bold, colour, code, bare address) that fits into a part is never broken; a longer one is closed before the
 * break and opened again after it, and a quoted line or heading that continues repeats its mark.
 * Nothing is lost and nothing trimmed: the parts joined, without numbers and repeated marks, are the text; for plain
 * text that is `parts.join("") === text`. Only two things are cut in two: a character larger than a part, and a
 * construct whose own marks fill most of a part. A text that fits is the only part.
 * @throws {RangeError} `limitBytes` under 64
 */
export function splitText(
  text: string,
  limitBytes: number,
  { markup = "text", numbered = false }: SplitOptions = {},
): readonly string[] {
  if (!(limitBytes >= MIN_SPLIT_BYTES)) {
    throw new RangeError(`limitBytes must be at least ${MIN_SPLIT_BYTES}, is ${limitBytes}`)
  }
  if (fits(text, 0, text.length, limitBytes)) return [text]

  const parsed = parseMarkup(text, markup)
  if (!numbered) return splitInto(text, parsed, limitBytes)
  for (let digits = 1; ; digits++) {
    const nines = "9".repeat(digits)
    const parts = splitInto(text, parsed, limitBytes - byteLength(numberOf(nines, nines, markup)))
    const total = String(parts.length)
    if (total.length <= digits) return parts.map((part, index) => numberOf(String(index + 1), total, markup) + part)
  }
}

function splitInto(text: string, parsed: ParsedMarkup, limitBytes: number): readonly string[] {
  const treat: Treat = (item, overheadBytes, aroundBytes) => {
    if (fits(text, item.start, item.end, limitBytes - aroundBytes)) return "whole"
    return isSpan(item) && overheadBytes <= (limitBytes * 3) / 4 ? "breakable" : "literal"
  }
  const layout = layOut(text, parsed, treat)
  const parts: string[] = []
  let from = TEXT_START
  while (from.at < text.length) {
    const to = findBreak(layout, from, limitBytes, { atWords: true })
    if (to.at <= from.at) throw new Error(`no break after ${from.at} within ${limitBytes} bytes`)
    parts.push(renderPart(layout, from, to))
    from = to
  }
  return parts
}

const numberOf = (number: string, total: string, markup: Markup): string =>
  `(${number}/${total})${markup === "markdown" ? "\n" : " "}`

/** There are never fewer bytes than UTF-16 units, so a long stretch is refused without being measured. */
const fits = (text: string, from: number, to: number, limitBytes: number): boolean =>
  to - from <= limitBytes && fitBytes(text, from, to, limitBytes).end === to
