import { byteLength } from "./byte-length.ts"
import type { Atom, LineMark, ParsedMarkup, Span } from "./markup.ts"

/** `whole`: never broken. `breakable`: closed before a break and opened again after it. `literal`: plain text. */
type Treatment = "whole" | "breakable" | "literal"

export interface OpenSpan {
  readonly parent: OpenSpan | undefined
  readonly open: string
  readonly close: string
  /** The bytes for opening and closing this span and all spans around it once more. */
  readonly overheadBytes: number
}

/** Parts that are not free text: the characters that open or close a breakable span, a line mark, or a part to keep whole. */
interface Mark {
  readonly kind: "open" | "close" | "line" | "whole"
  readonly start: number
  readonly end: number
  readonly span?: OpenSpan
}

export interface Layout {
  readonly text: string
  /** In the order of the text; they never overlap. */
  readonly marks: readonly Mark[]
  readonly lineMarks: readonly LineMark[]
}

/**
 * Called for each span and atom: a part with only this item needs `overheadBytes` more, of which `aroundBytes` come
 * from the spans around it.
 */
export type Treat = (item: Span | Atom, overheadBytes: number, aroundBytes: number) => Treatment

/** Deeper nesting than any reader makes; it bounds the time for a text that consists only of brackets. */
const MAX_DEPTH = 6

export function layOut(text: string, parsed: ParsedMarkup, treat: Treat): Layout {
  const marks: Mark[] = parsed.lineMarks.map(({ start, end }) => ({ kind: "line", start, end }))
  const lineMarkBytes = parsed.lineMarks.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  const around: Array<{ readonly span: OpenSpan; readonly end: number }> = []
  let wholeEnd = 0

  for (const item of inOrder(parsed.spans, parsed.atoms)) {
    if (item.start < wholeEnd) continue
    while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= item.start) around.pop()
    const parent = around.at(-1)?.span
    const aroundBytes = (parent?.overheadBytes ?? 0) + lineMarkBytes
    const span = isSpan(item) && around.length < MAX_DEPTH ? openSpan(text, item, parent) : undefined
    const treatment = treat(item, aroundBytes + (span?.overheadBytes ?? 0) - (parent?.overheadBytes ?? 0), aroundBytes)

    if (treatment === "whole") {
      marks.push({ kind: "whole", start: item.start, end: item.end })
      wholeEnd = item.end
    } else if (treatment === "breakable" && span !== undefined && isSpan(item)) {
      around.push({ span, end: item.end })
      marks.push({ kind: "open", start: item.start, end: item.contentStart, span })
      marks.push({ kind: "close", start: item.contentEnd, end: item.end, span })
    }
  }
  return { text, marks: withoutOverlap(marks), lineMarks: parsed.lineMarks }
}

export const isSpan = (item: Span | Atom): item is Span => "kind" in item

function* inOrder(spans: readonly Span[], atoms: readonly Atom[]): Generator<Span | Atom> {
  let nextAtom = 0
  for (const span of spans) {
    for (; (atoms[nextAtom]?.start ?? Number.POSITIVE_INFINITY) < span.start; nextAtom++) {
      const atom = atoms[nextAtom]
      if (atom !== undefined) yield atom
    }
    yield span
  }
  yield* atoms.slice(nextAtom)
}

function openSpan(text: string, span: Span, parent: OpenSpan | undefined): OpenSpan {
  const open = text.slice(span.start, span.contentStart)
  const close = text.slice(span.contentEnd, span.end)
  return {
    parent,
    open,
    close,
    overheadBytes: (parent?.overheadBytes ?? 0) + byteLength(open) + byteLength(close),
  }
}

/** A line mark inside something whole (a link whose text spans lines) is part of it. */
function withoutOverlap(marks: Mark[]): readonly Mark[] {
  let end = 0
  return marks
    .toSorted((one, other) => one.start - other.start)
    .filter((mark) => {
      if (mark.start < end) return false
      end = mark.end
      return true
    })
}
