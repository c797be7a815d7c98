import { fitBytes } from "./byte-length.ts"
import { TEXT_START, findBreak } from "./find-break.ts"
import { isSpan, layOut } from "./layout.ts"
import type { Treat } from "./layout.ts"
import { parseMarkup } from "./markup.ts"
import type { Markup } from "./markup.ts"
import { renderPart } from "./render-part.ts"

export interface CutOptions {
  /** Whose constructs are not cut in two: `text` (default) knows `<a>`, `markdown` WeCom's subset. */
  readonly markup?: Markup
}

/**
 * The start of a text, at most `limitBytes` of UTF-8 long, that reads well: it cuts no character, no link and no other
 * construct in two. A construct that crosses the limit is left out if that costs no more than half of the limit;
 * otherwise it is closed early, unless its end is further away than the function looks. A text that fits is returned
 * unchanged.
 * @returns a prefix of `text`, plus closing marks. Empty when nothing fits: a link at the very start whose address
 * alone fills the limit.
 */
export function cutText(text: string, limitBytes: number, { markup = "text" }: CutOptions = {}): string {
  const { end } = fitBytes(text, 0, text.length, limitBytes)
  if (end === text.length) return text

  const half = fitBytes(text, 0, end, limitBytes / 2).end
  const treat: Treat = (item, overheadBytes) => {
    if (item.start >= half) return "whole"
    if (!isSpan(item)) return "literal"
    return overheadBytes <= limitBytes / 2 ? "breakable" : "whole"
  }
  const near = text.slice(0, limitBytes * LOOKED_AT)
  const layout = layOut(near, parseMarkup(near, markup), treat)
  return renderPart(layout, TEXT_START, findBreak(layout, TEXT_START, limitBytes, { atWords: false }))
}

/**
 * How many times the limit the function looks at: text after that does not affect the cut, and there may be megabytes
 * of it. A construct that is not closed by then does not count as one.
 */
const LOOKED_AT = 32
