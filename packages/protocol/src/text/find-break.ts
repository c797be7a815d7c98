import { byteLength, fitBytes } from "./byte-length.ts"
import { graphemeBorders } from "./graphemes.ts"
import type { Layout, OpenSpan } from "./layout.ts"
import type { LineMark } from "./markup.ts"

/** A place between two characters, and the spans that are open there. */
export interface Place {
  readonly at: number
  readonly span: OpenSpan | undefined
  /** The index of the first mark at or after it. */
  readonly mark: number
}

interface FindBreakOptions {
  /** True: prefers the end of a line, then a blank or punctuation, as long as the part stays at least half full. */
  readonly atWords: boolean
}

export const TEXT_START: Place = { at: 0, span: undefined, mark: 0 }

/**
 * The furthest good place to end a part that starts at `from`, so that the text between, with all spans opened again at
 * its start and closed at its end, has at most `limitBytes`. Returns `from` when not even one character fits.
 */
export function findBreak(layout: Layout, from: Place, limitBytes: number, options: FindBreakOptions): Place {
  const { text } = layout
  const reach = reachFrom(layout, from, limitBytes)
  const furthest = reach.at(-1)
  if (furthest === undefined || furthest.to === text.length) return furthest ? placeIn(furthest, text.length) : from

  const borders = graphemeBorders(text, from.at, furthest.to)
  if (options.atWords) {
    const half = fitBytes(text, from.at, text.length, limitBytes / 2).end
    for (const isGood of [isLineEnd, isWordEnd]) {
      const place = lastPlace(reach, half, (at) => isGood(text, at) && borders.isBorder(at))
      if (place !== undefined) return place
    }
  }
  for (const stretch of reach.toReversed()) {
    const at = borders.floor(stretch.to)
    if (at >= stretch.from) return placeIn(stretch, at)
  }
  // One character is larger than a part: it only fits when it is cut in two.
  const torn = reach.findLast((stretch) => stretch.from <= stretch.to)
  return torn === undefined ? from : placeIn(torn, torn.to)
}

/** The marks to repeat before a part that starts in the middle of a quoted line or a heading. */
export function lineMarkAt(layout: Layout, at: number): string {
  const mark = layout.lineMarks[firstLineMark(layout, at) - 1]
  return mark !== undefined && mark.end <= at && at < mark.lineEnd ? layout.text.slice(mark.start, mark.end) : ""
}

export function lineMarkFrom(layout: Layout, at: number): LineMark | undefined {
  const mark = layout.lineMarks[firstLineMark(layout, at)]
  return mark?.start === at ? mark : undefined
}

/** Places where a part may end: from `from` to `to`, all with the same spans open. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly span: OpenSpan | undefined
  readonly mark: number
}

const placeIn = ({ span, mark }: Stretch, at: number): Place => ({ at, span, mark })

function reachFrom(layout: Layout, from: Place, limitBytes: number): readonly Stretch[] {
  const { text, marks } = layout
  const reach: Stretch[] = []
  let { at, span, mark: index } = from
  let leftBytes = limitBytes - byteLength(lineMarkAt(layout, at)) - (span?.overheadBytes ?? 0)
  let isBehindOpening = false
  let earliest = at + 1
  for (;;) {
    const mark = marks[index]
    const runEnd = mark?.start ?? text.length
    const fitted = fitBytes(text, at, runEnd, leftBytes)
    if (isBehindOpening) earliest = behindFirstFilled(text, at, fitted.end)
    const blankEnd = skipBlanks(text, fitted.end, Math.min(runEnd, fitted.end + limitBytes))
    const isBeforeClose = mark?.kind === "close" && blankEnd === runEnd
    const latest = isBeforeClose ? beforeLastFilled(text, at, runEnd) : fitted.end
    // Before the first stretch there is no earlier place to fall back to; there even an empty closing is better than none.
    reach.push({ from: earliest, to: reach.length > 0 || latest >= earliest ? latest : fitted.end, span, mark: index })
    leftBytes -= fitted.bytes
    if (fitted.end < runEnd || mark === undefined) return reach

    const markBytes = byteLength(text.slice(mark.start, mark.end))
    if (mark.kind === "open" && mark.span !== undefined) {
      leftBytes -= markBytes + byteLength(mark.span.close)
      span = mark.span
    } else if (mark.kind === "close" && mark.span === span) {
      span = span?.parent
    } else leftBytes -= markBytes
    if (leftBytes < 0) return reach

    isBehindOpening = mark.kind === "open" || mark.kind === "line"
    at = mark.end
    earliest = at
    index++
  }
}

/**
 * A part never ends directly after an opening mark, not even with blanks between: the span would be empty. It must when
 * there are only blanks up to the part's limit.
 */
function behindFirstFilled(text: string, from: number, to: number): number {
  const filled = skipBlanks(text, from, to)
  return filled === to && to > from ? from + 1 : filled + 1
}

/** Nor directly before a closing mark. */
function beforeLastFilled(text: string, from: number, to: number): number {
  let at = to - 1
  while (at >= from && isBlank(text, at)) at--
  return (text.codePointAt(at - 1) ?? 0) > 0xff_ff ? at - 1 : at
}

function skipBlanks(text: string, from: number, to: number): number {
  let at = from
  while (at < to && isBlank(text, at)) at++
  return at
}

function lastPlace(reach: readonly Stretch[], earliest: number, isGood: (at: number) => boolean): Place | undefined {
  for (const stretch of reach.toReversed()) {
    for (let at = stretch.to; at >= Math.max(stretch.from, earliest); at--) {
      if (isGood(at)) return placeIn(stretch, at)
    }
  }
  return undefined
}

const BLANKS = " \t\r\n\u3000"
// Chinese has no blanks between words; a reader pauses after these characters.
const PAUSES = "，。！？；：、）】》」』”’"

const isLineEnd = (text: string, at: number): boolean => text[at - 1] === "\n"

export const isBlank = (text: string, at: number): boolean => BLANKS.includes(text.charAt(at))

const isWordEnd = (text: string, at: number): boolean => isBlank(text, at - 1) || PAUSES.includes(text.charAt(at - 1))

/** The index of the first line mark at or after a place. */
function firstLineMark({ lineMarks }: Layout, at: number): number {
  let low = 0
  let high = lineMarks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lineMarks[middle]?.start ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}
