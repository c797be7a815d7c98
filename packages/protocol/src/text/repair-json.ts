import { decodeUtf8 } from "./bad-text.ts"

/** What was wrong with the text of a JSON body, though its meaning is plain. */
export type JsonRepair = keyof typeof JSON_REPAIRS

/** For whoever sent it. */
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
  readonly text: string
  /** Each once, in no order; empty where nothing was repaired. */
  readonly repairs: readonly JsonRepair[]
}

/**
 * Makes JSON text of bytes that are nearly that: U+FFFD takes the place of bytes that are no UTF-8, of NUL and of lone
 * surrogates, and control characters inside of texts are escaped. What is no JSON for another reason stays so. For doors
 * that are as tolerant as WeCom; whether WeCom itself does the same is not known.
 */
export function repairJson(bytes: Uint8Array): RepairedJson {
  const repairs = new Set<JsonRepair>()
  const decoded = decodeUtf8(bytes)
  if (!("text" in decoded)) repairs.add("invalid_utf8")
  const text = "text" in decoded ? decoded.text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
  const pieces: string[] = []
  /** Up to where the text is in `pieces`. */
  let done = 0
  const replace = (from: number, end: number, by: string, repair: JsonRepair): void => {
    pieces.push(text.slice(done, from), by)
    done = end
    repairs.add(repair)
  }
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at)
    if (sign === QUOTE) {
      isInText = !isInText
    } else if (sign === NUL) {
      replace(at, at + 1, isInText ? REPLACEMENT : "", "nul")
    } else if (isInText && sign < FIRST_PRINTABLE) {
      replace(at, at + 1, JSON.stringify(text.charAt(at)).slice(1, -1), "control_character")
    } else if (isInText && sign === BACKSLASH) {
      const escape = readEscape(text, at)
      if (escape.repair !== undefined) replace(at, at + escape.length, REPLACEMENT, escape.repair)
      at += escape.length - 1
    }
  }
  pieces.push(text.slice(done))
  return { text: pieces.join(""), repairs: [...repairs] }
}

interface Escape {
  readonly length: number
  readonly repair?: JsonRepair
}

function readEscape(text: string, at: number): Escape {
  const unit = unitAt(text, at)
  if (unit === undefined) return { length: 2 }
  if (unit === NUL) return { length: UNIT_LENGTH, repair: "nul" }
  if (unit < FIRST_HIGH || unit > LAST_LOW) return { length: UNIT_LENGTH }
  const next = unit < FIRST_LOW ? unitAt(text, at + UNIT_LENGTH) : undefined
  const isPair = next !== undefined && next >= FIRST_LOW && next <= LAST_LOW
  return isPair ? { length: 2 * UNIT_LENGTH } : { length: UNIT_LENGTH, repair: "lone_surrogate" }
}

/** What `\uXXXX` stands for, where there is one. */
function unitAt(text: string, at: number): number | undefined {
  const hex = /^\\u([0-9a-f]{4})$/i.exec(text.slice(at, at + UNIT_LENGTH))?.[1]
  return hex === undefined ? undefined : Number.parseInt(hex, 16)
}

const UNIT_LENGTH = 6
const NUL = 0
const FIRST_PRINTABLE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const FIRST_HIGH = 0xd800
const FIRST_LOW = 0xdc00
const LAST_LOW = 0xdfff
const REPLACEMENT = "\uFFFD"
