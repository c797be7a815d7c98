export interface Structure {
  /** How deep arrays and objects are nested; counting ends past 64. */
  readonly depth: number
  /** About how many values there are: commas and opening brackets. */
  readonly values: number
  /** Where the first object has more names than allowed; counting ends there. */
  readonly manyNamesAt: number | undefined
}

/**
 * Looks at the brackets of a JSON text without parsing it. For invalid JSON the result is only a guess, but the scan always
 * ends.
 */
export function scanStructure(bytes: Uint8Array, mostNames: number): Structure {
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
        if (depth > ENOUGH) return { depth, values, manyNamesAt: undefined }
        names[depth] = 0
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--
        break
      case COLON:
        names[depth] = (names[depth] ?? 0) + 1
        if ((names[depth] ?? 0) > mostNames) return { depth: deepest, values, manyNamesAt: at }
        break
      case COMMA:
        values++
        break
      case undefined:
      default:
    }
  }
  return { depth: deepest, values, manyNamesAt: undefined }
}

/** The path to the array or object of a JSON text that is open at this place. */
export function pathAt(bytes: Uint8Array, place: number): (string | number)[] {
  const steps: (number | Span)[] = []
  let name: Span = { from: 0, to: 0 }
  for (let at = 0; at < place; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const from = at
        at = endOfString(bytes, at + 1)
        name = { from, to: at + 1 }
        break
      }
      case COLON:
        steps[steps.length - 1] = name
        break
      case COMMA: {
        const last = steps.at(-1)
        if (typeof last === "number") steps[steps.length - 1] = last + 1
        break
      }
      case OPEN_BRACE:
        steps.push(name)
        break
      case OPEN_BRACKET:
        steps.push(0)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        steps.pop()
        break
      case undefined:
      default:
    }
  }
  return steps.slice(0, -1).map((step) => (typeof step === "number" ? step : nameIn(bytes, step)))
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** The beginning of a text, for a refusal. */
export function nameIn(bytes: Uint8Array, { from, to }: Span): string {
  if (to - from > LONGEST_NAME) return "…"
  try {
    return String(JSON.parse(new TextDecoder().decode(bytes.subarray(from, to))))
  } catch {
    return "…"
  }
}

export function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) return at
  }
  return bytes.length
}

const ENOUGH = 64
const LONGEST_NAME = 200
/** How many names the open object at each level has so far. */
const names = new Uint32Array(ENOUGH + 1)
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
