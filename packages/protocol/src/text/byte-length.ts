/** Bytes of the UTF-8 encoding, the unit of WeCom's limits. A lone surrogate counts 3, like the character that replaces it. */
export function byteLength(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x8_00) bytes += 1
    else if (isPairAt(text, at, unit)) {
      bytes += 2
      at++
    } else bytes += 2
  }
  return bytes
}

/** The furthest code point border in `[from, to]` that is at most `limitBytes` after `from`. */
export function fitBytes(text: string, from: number, to: number, limitBytes: number): FittedText {
  let bytes = 0
  let at = from
  while (at < to) {
    const unit = text.charCodeAt(at)
    const isPair = unit >= 0xd8_00 && isPairAt(text, at, unit)
    const cost = unit < 0x80 ? 1 : unit < 0x8_00 ? 2 : isPair ? 4 : 3
    if (bytes + cost > limitBytes) break
    bytes += cost
    at += isPair ? 2 : 1
  }
  return { end: at, bytes }
}

interface FittedText {
  readonly end: number
  readonly bytes: number
}

const isPairAt = (text: string, at: number, unit: number): boolean =>
  (unit & 0xfc_00) === 0xd8_00 && (text.charCodeAt(at + 1) & 0xfc_00) === 0xdc_00
