import { decodeUtf8, findBadText } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import { toPointer } from "./pointer.ts"
import { scanStructure } from "./scan-structure.ts"

/**
 * Reads a JSON body as strictly as it is stored. Of a name that occurs twice the last value counts, as with every
 * `JSON.parse`; `__proto__` is a name like any other.
 * @throws {Problem} `body_missing`, `invalid_utf8`, `too_deep`, `too_many_values`, `invalid_json`, `invalid_text`
 */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new Problem("body_missing")
  const decoded = decodeUtf8(bytes)
  if (!("text" in decoded)) throw invalidUtf8(decoded.invalidAtByte)
  // Before parsing: V8 would build ten million levels, and what it built would stay.
  const { depth, values } = scanStructure(bytes)
  if (depth > MAX_DEPTH) throw new Problem("too_deep")
  if (values > MAX_VALUES) throw tooManyValues()
  const value = parse(decoded.text)
  // A raw NUL or half a character cannot come through the steps above, only an escaped one.
  if (ESCAPED_BAD_TEXT.test(decoded.text)) refuseBadText(value)
  return value
}

const MAX_DEPTH = 32
/** Room for a million recipients and more; ten times as many would take a gigabyte while being read. */
const MAX_VALUES = 5_000_000
const ESCAPED_BAD_TEXT = /\\u(?:0000|[dD][89a-fA-F])/

function invalidUtf8(at: number): Problem {
  return new Problem("invalid_utf8", {
    detail: {
      en: `The byte at position ${at} (counted from 0) does not belong to UTF-8.`,
      zh: `位置 ${at}（从 0 起）的字节不是合法的 UTF-8。`,
    },
  })
}

function tooManyValues(): Problem {
  const limit = MAX_VALUES.toLocaleString("en")
  return new Problem("too_many_values", {
    detail: { en: `One body holds at most ${limit} values.`, zh: `单个请求体最多包含 ${limit} 个值。` },
  })
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
  const before = text.slice(0, Number(found)).split("\n")
  const line = before.length
  const column = (before.at(-1)?.length ?? 0) + 1
  return new Problem("invalid_json", {
    detail: {
      en: `The JSON breaks off at line ${line}, column ${column}.`,
      zh: `第 ${line} 行第 ${column} 列不符合 JSON 语法。`,
    },
  })
}

function refuseBadText(root: unknown): void {
  const open: { readonly value: unknown; readonly path: readonly (string | number)[] }[] = [{ value: root, path: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next
    if (typeof value === "string") refuseIfBad(value, path)
    else if (typeof value === "object" && value !== null) {
      const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
      for (const [name] of entries) if (typeof name === "string") refuseIfBad(name, path)
      for (const [name, child] of entries.toReversed()) open.push({ value: child, path: [...path, name] })
    }
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
