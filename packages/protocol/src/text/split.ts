import { fitBytes } from "./byte-length.ts"
import type { Markup } from "./cut.ts"
import { graphemeBorders } from "./graphemes.ts"

export interface SplitOptions {
  readonly markup?: Markup
  readonly numbered?: boolean
}

export function splitText(text: string, limitBytes: number, _options: SplitOptions = {}): readonly string[] {
  const parts: string[] = []
  let from = 0
  do {
    const { end } = fitBytes(text, from, text.length, limitBytes)
    const border = graphemeBorders(text, from, end).floor(end)
    const to = border > from ? border : end
    parts.push(text.slice(from, to))
    from = to
  } while (from < text.length)
  return parts
}
