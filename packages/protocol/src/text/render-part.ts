import { isBlank, lineMarkAt, lineMarkFrom } from "./find-break.ts"
import type { Place } from "./find-break.ts"
import type { Layout, OpenSpan } from "./layout.ts"

/**
 * The text between two places as a text of its own: spans that were open at its start are opened again, spans open at
 * its end are closed, and a quoted line or heading that continues gets its mark again. Blanks at either end stay
 * outside the spans, since `**bold **` is not bold.
 */
export function renderPart(layout: Layout, from: Place, to: Place): string {
  const { text } = layout
  const start = skipBlanksAndLineMarks(layout, from.at, to.at)
  if (start === to.at) return text.slice(from.at, to.at)
  let end = to.at
  while (end > start && isBlank(text, end - 1)) end--

  const lineMark = lineMarkAt(layout, from.at)
  const lead = text.slice(from.at, start)
  return `${lineMark}${lead}${opening(from.span)}${text.slice(start, end)}${closing(to.span)}${text.slice(end, to.at)}`
}

function skipBlanksAndLineMarks(layout: Layout, from: number, to: number): number {
  const { text } = layout
  let at = from
  for (;;) {
    while (at < to && isBlank(text, at)) at++
    const mark = lineMarkFrom(layout, at)
    if (mark === undefined || mark.end >= to) return at
    at = mark.end
  }
}

const opening = (span: OpenSpan | undefined): string => (span === undefined ? "" : opening(span.parent) + span.open)

const closing = (span: OpenSpan | undefined): string => (span === undefined ? "" : span.close + closing(span.parent))
