export interface Structure {
  /** How many arrays and objects stand inside one another at most; counting ends past 64. */
  readonly depth: number
  /** About how many values there are: commas and opening brackets. */
  readonly values: number
}

/** Looks at the brackets of a JSON text without parsing it. Of what is no JSON it tells something, and ends. */
export function scanStructure(bytes: Uint8Array): Structure {
  let depth = 0
  let deepest = 0
  let values = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at + 1)
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        values++
        if (++depth > deepest) deepest = depth
        if (depth > ENOUGH) return { depth, values }
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--
        break
      case COMMA:
        values++
        break
      case undefined:
      default:
    }
  }
  return { depth: deepest, values }
}

function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at
  }
  return bytes.length
}

const ENOUGH = 64
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
