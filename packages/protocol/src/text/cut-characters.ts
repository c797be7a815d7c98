import { graphemeBorders } from "./graphemes.ts"

/**
 * The start of a text, at most `limit` characters (code points) long. It cuts no tag in two, and no character as a
 * reader sees it. A text that fits is returned unchanged.
 */
export function cutCharacters(text: string, limit: number): string {
  const end = fitCharacters(text, limit)
  if (end === text.length) return text
  // A character larger than the limit is cut in two, because otherwise nothing would be left.
  const whole = graphemeBorders(text, 0, end).floor(end) || end
  return text.slice(0, startOfTornTag(text, whole))
}

function fitCharacters(text: string, limit: number): number {
  let at = 0
  for (let count = 0; count < limit && at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return at
}

/** `end`, unless it lies within a tag such as `<div class="gray">`. */
function startOfTornTag(text: string, end: number): number {
  const open = text.lastIndexOf("<", end - 1)
  if (open <= 0 || !/^<\/?[a-z]/i.test(text.slice(open, open + 3))) return end
  const close = text.indexOf(">", open)
  return close >= end && close - open <= LONGEST_TAG ? open : end
}

const LONGEST_TAG = 64
