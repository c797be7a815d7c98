let segmenter: Intl.Segmenter | undefined

/** Says where graphemes (characters as a reader sees them) may be separated, for a stretch of a text. */
interface GraphemeBorders {
  isBorder(at: number): boolean
  /** The last border at or before a position. */
  floor(at: number): number
}

/**
 * Borders in `[from, to]`, where `from` must itself be one. Whether a position is a border depends only on the text
 * from the previous border to one code point after the position, so a stretch is enough and a text is split in linear
 * time.
 */
export function graphemeBorders(text: string, from: number, to: number): GraphemeBorders {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })
  const stretch = text.slice(from, to + 2)
  const segments = segmenter.segment(stretch)
  const floor = (at: number): number => {
    if (at <= from) return from
    if (at >= text.length) return text.length
    return from + (segments.containing(at - from)?.index ?? 0)
  }
  return { floor, isBorder: (at) => floor(at) === at }
}
