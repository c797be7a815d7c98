import { findBadText } from "@wecom-push/protocol"
import type { Bilingual } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import { toPointer } from "./pointer.ts"

type Path = readonly (string | number)[]

export function invalidUtf8(at: number): Problem {
  return new Problem("invalid_utf8", {
    detail: {
      en: `The byte at position ${at} (counted from 0) does not belong to UTF-8.`,
      zh: `位置 ${at}（从 0 起）的字节不是合法的 UTF-8。`,
    },
  })
}

export function tooManyValues(most: number): Problem {
  const limit = most.toLocaleString("en")
  return new Problem("too_many_values", {
    detail: { en: `One body holds at most ${limit} values.`, zh: `单个请求体最多包含 ${limit} 个值。` },
  })
}

export function tooManyNames(path: Path, most: number): Problem {
  const at = toPointer(path)
  const limit = most.toLocaleString("en")
  const [en, zh] = at === "" ? ["The body", "请求体"] : [at, at]
  const detail = {
    en: `${en} has more than ${limit} names; one object holds at most ${limit}.`,
    zh: `${zh} 的字段超过 ${limit} 个；单个对象最多 ${limit} 个字段。`,
  }
  return new Problem("too_many_names", { errors: [{ path: at, code: "too_many", detail }] })
}

/**
 * The fault that `JSON.parse` has found. V8's own message repeats a part of the body, which may be a person's number. So
 * only the position is taken from it; for some mistakes it has none.
 * @param breaksOffAt takes a position in UTF-16 units
 */
export function notJson(error: unknown, text: string, breaksOffAt: (place: number) => Problem): Problem {
  const said = error instanceof SyntaxError ? error.message : ""
  const place = /at position (\d+)/.exec(said)?.[1]
  if (place !== undefined) return breaksOffAt(Number(place))
  if (said === "Unexpected end of JSON input") return endsTooSoon()
  const mark = /^Unexpected token '(.)'/u.exec(said)?.[1]
  return brokenSomewhere(mark !== undefined && MARK.test(mark) ? mark : undefined, text)
}

function brokenSomewhere(mark: string | undefined, text: string): Problem {
  const way = mark === undefined ? undefined : isEnd(mark) && COMMA_BEFORE_END.test(text) ? NO_COMMA : wayOut(mark)
  return new Problem("invalid_json", {
    detail: {
      en: `The body has ${mark ?? "a character"} where JSON does not allow it${way === undefined ? "" : `: ${way.en}`}.`,
      zh: `请求体中有不符合 JSON 语法的${mark === undefined ? "字符" : ` ${mark}`}${way === undefined ? "" : `：${way.zh}`}。`,
    },
  })
}

export function endsTooSoon(): Problem {
  return new Problem("invalid_json", {
    detail: { en: "The JSON ends before it is complete.", zh: "JSON 不完整，提前结束。" },
  })
}

/** @param place the index of a byte in the body */
export function breaksOff(bytes: Uint8Array, place: number): Problem {
  let line = 1
  let lineStart = 0
  // Counted, not split: a body of line feeds alone has tens of millions.
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < place; at = bytes.indexOf(LINE_FEED, at + 1)) {
    line++
    lineStart = at + 1
  }
  const column = unitsIn(bytes.subarray(lineStart, place)) + 1
  const mark = markAt(bytes, place)
  const way = mark === undefined ? undefined : isEnd(mark) && isBehindComma(bytes, place) ? NO_COMMA : wayOut(mark)
  return new Problem("invalid_json", {
    detail: {
      en: `The JSON is not valid at line ${line}, column ${column}${mark === undefined ? "" : `, at ${mark}`}${way === undefined ? "" : `: ${way.en}`}.`,
      zh: `第 ${line} 行第 ${column} 列${mark === undefined ? "" : `的 ${mark} `}不符合 JSON 语法${way === undefined ? "" : `：${way.zh}`}。`,
    },
  })
}

/** The punctuation mark at a place. Nothing else of a body is shown. */
function markAt(bytes: Uint8Array, place: number): string | undefined {
  const [character = ""] = new TextDecoder().decode(bytes.subarray(place, place + MOST_BYTES_OF_A_MARK))
  return MARK.test(character) ? character : undefined
}

const MOST_BYTES_OF_A_MARK = 3
const FULL_WIDTH = /[“”‘’，：；｛｝［］【】]/
const MARK = new RegExp(`[!-/:-@[-\`{-~]|${FULL_WIDTH.source}`)

/** For the usual mistakes of JSON that is written by hand. */
function wayOut(mark: string): Bilingual | undefined {
  if (FULL_WIDTH.test(mark)) return { en: "write half-width punctuation", zh: "请使用半角标点" }
  if (mark === "'") return { en: "write double quotes", zh: "请使用双引号" }
  return mark === "/" ? { en: "JSON has no comments", zh: "JSON 没有注释" } : undefined
}

const isEnd = (mark: string): boolean => mark === "}" || mark === "]"
const COMMA_BEFORE_END = /,[\t\n\r ]*[\]}]/
const NO_COMMA: Bilingual = { en: "no comma may be before it", zh: "它前面不能有逗号" }

function isBehindComma(bytes: Uint8Array, place: number): boolean {
  let before = place - 1
  while (BLANKS.has(bytes[before] ?? 0)) before--
  return bytes[before] === COMMA
}

const BLANKS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])
const COMMA = 0x2c

const LINE_FEED = 0x0a

/** The UTF-16 units in UTF-8 bytes. */
function unitsIn(bytes: Uint8Array): number {
  let units = 0
  for (const byte of bytes) units += unitsOf(byte)
  return units
}

/** The index of the byte where the character starts that has this many UTF-16 units before it. */
export function byteAt(bytes: Uint8Array, units: number): number {
  let at = 0
  for (let before = 0; at < bytes.length; at++) {
    const more = unitsOf(bytes[at] ?? 0)
    if (more > 0 && before >= units) break
    before += more
  }
  return at
}

/** The UTF-16 units of a character, counted at its first byte; its other bytes have none. */
function unitsOf(byte: number): number {
  if ((byte & 0xc0) === 0x80) return 0
  return byte >= 0xf0 ? 2 : 1
}

/** A raw NUL or half a character cannot come through JSON and UTF-8, only an escaped one. */
export function mayContainBadText(text: string): boolean {
  return ESCAPED_BAD_TEXT.test(text)
}

const ESCAPED_BAD_TEXT = /\\u(?:0000|[dD][89a-fA-F])/

/**
 * The depth has been limited before, so recursion is no danger.
 * @param path of the value; unchanged when this returns
 * @throws {Problem} `invalid_text`
 */
export function refuseBadText(value: unknown, path: (string | number)[]): void {
  if (typeof value === "string") refuseIfBad(value, path)
  if (typeof value !== "object" || value === null) return
  const names = Array.isArray(value) ? undefined : Object.keys(value)
  for (const name of names ?? []) refuseIfBad(name, path)
  for (const step of names ?? (Array.isArray(value) ? value.keys() : [])) {
    path.push(step)
    refuseBadText(Reflect.get(value, step), path)
    path.pop()
  }
}

function refuseIfBad(text: string, path: Path): void {
  const bad = findBadText(text)
  if (bad === undefined) return
  const at = toPointer(path)
  const position = bad.position
  const detail =
    bad.rule === "nul"
      ? {
          en: `${at} holds a NUL character at position ${position}; remove it.`,
          zh: `${at} 在位置 ${position} 处含有空字符（NUL），请删除。`,
        }
      : {
          en: `${at} holds half a character (a lone surrogate) at position ${position}; remove it.`,
          zh: `${at} 在位置 ${position} 处含有半个字符（孤立的代理项），请删除。`,
        }
  throw new Problem("invalid_text", { errors: [{ path: at, code: bad.rule, detail }] })
}
