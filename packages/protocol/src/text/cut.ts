import { fitBytes } from "./byte-length.ts"
import { graphemeBorders } from "./graphemes.ts"

export interface CutOptions {
  readonly markup?: Markup
}

export type Markup = "text" | "markdown"

export function cutText(text: string, limitBytes: number, _options: CutOptions = {}): string {
  const { end } = fitBytes(text, 0, text.length, limitBytes)
  if (end === text.length) return text
  return text.slice(0, graphemeBorders(text, 0, end).floor(end))
}
