import { decodeUtf8, findBadText } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import { toPointer } from "./pointer.ts"
import { pathAt, scanStructure } from "./scan-structure.ts"

/**
 * Reads a JSON body as strictly as it is stored. Of a name that occurs twice the last value counts, as with every
 * `JSON.parse`; `__proto__` is a name like any other.
 * @param mostValues how many values it may hold
 * @throws {Problem} `body_missing`, `invalid_utf8`, `too_deep`, `too_many_values`, `too_many_names`, `invalid_json`,
 * `invalid_text`
 */
export function readJson(bytes: Uint8Array, mostValues = MAX_VALUES): unknown {
  if (bytes.length === 0) throw new Problem("body_missing")
  const decoded = decodeUtf8(bytes)
  if (!("text" in decoded)) throw invalidUtf8(decoded.invalidAtByte)
  // Before parsing: V8 would build ten million levels, and what it built would stay; of four million names in one object
  // it would make a table for a minute.
  const { depth, values, manyNamesAt } = scanStructure(bytes, MAX_NAMES)
  if (depth > MAX_DEPTH) throw new Problem("too_deep")
  if (values > mostValues) throw tooManyValues(mostValues)
  if (manyNamesAt !== undefined) throw tooManyNames(pathAt(bytes, manyNamesAt))
  const value = parse(decoded.text)
  // A raw NUL or half a character cannot come through the steps above, only an escaped one.
  if (ESCAPED_BAD_TEXT.test(decoded.text)) refuseBadText(value, [])
  return value
}

const MAX_DEPTH = 32
/** Room for a million recipients and more; ten times as many would take a gigabyte while being read. */
const MAX_VALUES = 5_000_000
/** More than any object of ours or of WeCom's. */
const MAX_NAMES = 1000
const ESCAPED_BAD_TEXT = /\\u(?:0000|[dD][89a-fA-F])/

function invalidUtf8(at: number): Problem {
  return new Problem("invalid_utf8", {
    detail: {
      en: `The byte at position ${at} (counted from 0) does not belong to UTF-8.`,
      zh: `位置 ${at}（从 0 起）的字节不是合法的 UTF-8。`,
    },
  })
}

function tooManyValues(most: number): Problem {
  const limit = most.toLocaleString("en")
  return new Problem("too_many_values", {
    detail: { en: `One body holds at most ${limit} values.`, zh: `单个请求体最多包含 ${limit} 个值。` },
  })
}

function tooManyNames(path: readonly (string | number)[]): Problem {
  const at = toPointer(path)
  const limit = MAX_NAMES.toLocaleString("en")
  const [en, zh] = at === "" ? ["The body", "请求体"] : [at, at]
  const detail = {
    en: `${en} has more than ${limit} names; one object holds at most ${limit}.`,
    zh: `${zh} 的字段超过 ${limit} 个；单个对象最多 ${limit} 个字段。`,
  }
  return new Problem("too_many_names", { errors: [{ path: at, code: "too_many", detail }] })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)
  } catch (error) {
    throw invalidJson(error, text)
  }
}

const BYTE_ORDER_MARK = "\uFEFF"

/** V8's own text repeats some of the body, which may be somebody's number; only the position is taken from it. */
function invalidJson(error: unknown, text: string): Problem {
  const found = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined
  if (found === undefined) {
    return new Problem("invalid_json", {
      detail: { en: "The JSON ends before it is complete.", zh: "JSON 不完整，提前结束。" },
    })
  }
  const position = Number(found)
  const lineStart = position === 0 ? 0 : text.lastIndexOf("\n", position - 1) + 1
  const line = linesBefore(text, lineStart) + 1
  const column = position - lineStart + 1
  return new Problem("invalid_json", {
    detail: {
      en: `The JSON breaks off at line ${line}, column ${column}.`,
      zh: `第 ${line} 行第 ${column} 列不符合 JSON 语法。`,
    },
  })
}

/** Counted, not split: a body of line feeds alone has tens of millions. */
function linesBefore(text: string, end: number): number {
  let lines = 0
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++
  return lines
}

/** As deep as has been let through, so recursion is no danger. @param path of the value; as it was when it returns */
function refuseBadText(value: unknown, path: (string | number)[]): void {
  if (typeof value === "string") refuseIfBad(value, path)
  if (typeof value !== "object" || value === null) return
  const steps: Iterable<string | number> = Array.isArray(value) ? value.keys() : Object.keys(value)
  if (!Array.isArray(value)) for (const name of steps) if (typeof name === "string") refuseIfBad(name, path)
  for (const step of steps) {
    path.push(step)
    refuseBadText(Reflect.get(value, step), path)
    path.pop()
  }
}

function refuseIfBad(text: string, path: readonly (string | number)[]): void {
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
