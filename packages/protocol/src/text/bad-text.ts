export interface BadText {
  readonly rule: "nul" | "lone_surrogate"
  /** The position in UTF-16 units from 0, as `String.prototype.slice` counts. */
  readonly position: number
}

export type DecodedText = { readonly text: string } | { readonly invalidAtByte: number }

/** The first character of a text that cannot be sent or stored unchanged: NUL, or half of a surrogate pair. */
export function findBadText(text: string): BadText | undefined {
  const nulAt = text.indexOf("\0")
  const loneAt = text.isWellFormed() ? -1 : text.search(/\p{Surrogate}/u)
  if (nulAt < 0 && loneAt < 0) return undefined
  return loneAt < 0 || (nulAt >= 0 && nulAt < loneAt)
    ? { rule: "nul", position: nulAt }
    : { rule: "lone_surrogate", position: loneAt }
}

/** The text with U+FFFD in place of characters that no store keeps: NUL, and halves of surrogate pairs. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed()
}

/** The start of a text, at most `length` UTF-16 units long, without half a character at its end. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(length - 1))
  return text.slice(0, isHalf ? length - 1 : length)
}

/** Decodes UTF-8; for bytes that are not UTF-8 it returns the byte (from 0) where the first faulty sequence starts. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { invalidAtByte: firstInvalidByte(bytes) }
  }
}

function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    if (length === 0) break
    at += length
  }
  return at
}

/** Length of the well-formed sequence that starts here, 0 if none does (Unicode standard, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  const second = bytes[at + 1] ?? 0
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (length === 0 || second < lowest || second > highest) return 0
  for (let offset = 2; offset < length; offset++) {
    if (((bytes[at + offset] ?? 0) & 0xc0) !== 0x80) return 0
  }
  return length
}
