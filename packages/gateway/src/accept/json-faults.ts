import { findBadText } from "@wecom-push/protocol"
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
export function notJson(error: unknown, breaksOffAt: (place: number) => Problem): Problem {
  const said = error instanceof SyntaxError ? error.message : ""
  const place = /at position (\d+)/.exec(said)?.[1]
  if (place !== undefined) return breaksOffAt(Number(place))
  return said === "Unexpected end of JSON input" ? endsTooSoon() : brokenSomewhere()
}

function brokenSomewhere(): Problem {
  return new Problem("invalid_json", {
    detail: {
      en: "The body has a character that JSON does not allow there.",
      zh: "请求体中有不符合 JSON 语法的字符。",
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
  return new Problem("invalid_json", {
    detail: {
      en: `The JSON breaks off at line ${line}, column ${column}.`,
      zh: `第 ${line} 行第 ${column} 列不符合 JSON 语法。`,
    },
  })
}

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
