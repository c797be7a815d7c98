import { decodeUtf8 } from "./bad-text.ts"

/** Faults in the text of a JSON body whose meaning is clear. */
export type JsonRepair = keyof typeof JSON_REPAIRS

/** The texts for the sender. */
export const JSON_REPAIRS = {
  invalid_utf8: {
    en: "The body holds bytes that are no UTF-8; they became U+FFFD. Send UTF-8.",
    zh: "请求体含有不是 UTF-8 的字节，已替换为 U+FFFD。请使用 UTF-8 编码。",
  },
  nul: {
    en: "The body holds NUL; inside a text it became U+FFFD, elsewhere it was left out. Remove it.",
    zh: "请求体含有空字符（NUL）：文本中的已替换为 U+FFFD，其余已略去。请删除。",
  },
  lone_surrogate: {
    en: "The body holds half a character (a lone surrogate); it became U+FFFD. Do not cut a text inside a character.",
    zh: "请求体含有半个字符（孤立的代理项），已替换为 U+FFFD。请勿在字符中间截断文本。",
  },
  control_character: {
    en: String.raw`A text in the body holds a raw control character; it was read as if it were escaped. Write line feeds as \n.`,
    zh: String.raw`请求体的文本中含有未转义的控制字符，已按转义后的内容读取。换行请写成 \n。`,
  },
} as const

export interface RepairedJson {
  /** JSON in UTF-8. */
  readonly bytes: Uint8Array
  /** Each repair once, in no order; empty when nothing was repaired. */
  readonly repairs: readonly JsonRepair[]
}

/**
 * Makes JSON text from bytes that are nearly JSON: U+FFFD replaces bytes that are not UTF-8, NUL and lone surrogates;
 * control characters inside texts are escaped. Other faults of the JSON stay. It is for endpoints that should be as
 * tolerant as WeCom; it is not known whether WeCom does the same.
 */
export function repairJson(sent: Uint8Array): RepairedJson {
  const isUtf8 = "text" in decodeUtf8(sent)
  const from = isUtf8 ? sent : new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(sent))
  const repairs = new Set<JsonRepair>(isUtf8 ? [] : ["invalid_utf8"])
  let made: JsonRepair | undefined
  // Byte by byte and in one function, because otherwise a body full of mistakes would take seconds and a gigabyte.
  const to = new Uint8Array(from.length + GROWTH * controlsIn(from))
  let length = 0
  let isInText = false
  let at = 0
  while (at < from.length) {
    const byte = from[at] ?? 0
    let taken = 1
    let by: Uint8Array | undefined
    let repair: JsonRepair | undefined
    if (byte === QUOTE) {
      isInText = !isInText
    } else if (byte === NUL) {
      by = isInText ? REPLACEMENT : NOTHING
      repair = "nul"
    } else if (!isInText) {
      // The JSON parser checks what is between texts.
    } else if (byte < FIRST_PRINTABLE) {
      by = ESCAPES[byte]
      repair = "control_character"
    } else if (byte === BACKSLASH) {
      const unit = unitAt(from, at)
      // The character after a lone backslash may need repair itself.
      if (unit === NO_UNIT) taken = (from[at + 1] ?? 0) < FIRST_PRINTABLE ? 1 : 2
      else taken = isPairAt(from, at, unit) ? 2 * UNIT_LENGTH : UNIT_LENGTH
      if (unit === NUL) repair = "nul"
      else if (isSurrogate(unit) && taken === UNIT_LENGTH) repair = "lone_surrogate"
      if (repair !== undefined) by = REPLACEMENT
    }
    if (by === undefined) for (let end = at + taken, one = at; one < end; one++) to[length++] = from[one] ?? 0
    else for (let one = 0; one < by.length; one++) to[length++] = by[one] ?? 0
    if (repair !== undefined && repair !== made) repairs.add((made = repair))
    at += taken
  }
  return { bytes: to.subarray(0, length), repairs: [...repairs] }
}

function controlsIn(bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) < FIRST_PRINTABLE) count++
  return count
}

/** The code unit that `\uXXXX` means, or `NO_UNIT` when there is none. */
function unitAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== SMALL_U) return NO_UNIT
  let unit = 0
  for (let one = at + 2; one < at + UNIT_LENGTH; one++) {
    const digit = HEX_DIGITS[bytes[one] ?? 0] ?? NO_UNIT
    if (digit === NO_UNIT) return NO_UNIT
    unit = unit * 16 + digit
  }
  return unit
}

function isPairAt(bytes: Uint8Array, at: number, unit: number): boolean {
  if (unit < FIRST_HIGH || unit >= FIRST_LOW) return false
  const next = unitAt(bytes, at + UNIT_LENGTH)
  return next >= FIRST_LOW && next <= LAST_LOW
}

function isSurrogate(unit: number): boolean {
  return unit >= FIRST_HIGH && unit <= LAST_LOW
}

const UNIT_LENGTH = 6
/** The most bytes that a control character gains when it is escaped. */
const GROWTH = UNIT_LENGTH - 1
const NO_UNIT = -1
const NUL = 0
const FIRST_PRINTABLE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const SMALL_U = 0x75
const FIRST_HIGH = 0xd800
const FIRST_LOW = 0xdc00
const LAST_LOW = 0xdfff
const NOTHING = new Uint8Array()
const REPLACEMENT = new TextEncoder().encode("\uFFFD")
/** The value of each hex digit, by its byte. */
const HEX_DIGITS = Array.from({ length: 256 }, (_, byte) =>
  /^[0-9a-f]$/i.test(String.fromCharCode(byte)) ? Number.parseInt(String.fromCharCode(byte), 16) : NO_UNIT,
)
const ESCAPES = Array.from({ length: FIRST_PRINTABLE }, (_, control) =>
  new TextEncoder().encode(JSON.stringify(String.fromCharCode(control)).slice(1, -1)),
)
