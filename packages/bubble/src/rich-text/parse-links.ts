import { isWebAddress } from "../web-address.ts"

export interface TextPiece {
  readonly text: string
  /** Absent: no link. */
  readonly url?: string
}

const OPENING = /<a\s[^<>]*>/gi
const CLOSING = /<\/a\s*>/gi
const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i
// Up to the first character that cannot be in an address, a Chinese one above all: addresses come within sentences.
const BARE = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi
const SENTENCE_ENDS = ".,;:!?)']"

/**
 * A `text`: its `<a href>` elements and bare web addresses become links, all other markup stays as it was typed. Takes
 * time by the length of the text, whatever is in it.
 */
export function parseLinks(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  let closing: RegExpExecArray | null = null
  for (const opening of text.matchAll(OPENING)) {
    if (opening.index < end) continue
    const labelStart = opening.index + opening[0].length
    if (closing === null || closing.index < labelStart) {
      CLOSING.lastIndex = labelStart
      closing = CLOSING.exec(text)
    }
    if (closing === null) break
    const url = addressIn(opening[0])
    if (url === undefined) continue
    pieces.push(...parseBare(text.slice(end, opening.index)), { text: text.slice(labelStart, closing.index), url })
    end = closing.index + closing[0].length
  }
  return [...pieces, ...parseBare(text.slice(end))]
}

function addressIn(tag: string): string | undefined {
  const [, double, single, bare] = HREF.exec(tag) ?? []
  const url = (double ?? single ?? bare ?? "").trim().replaceAll("&amp;", "&")
  return isWebAddress(url) ? url : undefined
}

function parseBare(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  for (const { 0: typed, index } of text.matchAll(BARE)) {
    const url = withoutSentenceEnd(typed)
    if (!isWebAddress(url)) continue
    pieces.push({ text: text.slice(end, index) }, { text: url, url })
    end = index + url.length
  }
  pieces.push({ text: text.slice(end) })
  return pieces.filter((piece) => piece.text !== "")
}

function withoutSentenceEnd(url: string): string {
  let length = url.length
  while (SENTENCE_ENDS.includes(url.charAt(length - 1)) && length > 0) length--
  return url.slice(0, length)
}
