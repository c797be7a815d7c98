import { repairJson, type JsonRepair } from "@wecom-push/protocol"

export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

// Functions that read a value recurse into it: hostile nesting would cause a stack overflow long after parsing.
const MAX_DEPTH = 1000

/** The value of JSON text, or `undefined` when the text is not JSON or is nested over 1000 deep. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface ReadJson {
  /** Undefined when the body is not JSON. */
  readonly value: unknown
  /** The repairs that were needed to read it as JSON. */
  readonly repairs: readonly JsonRepair[]
}

/** Reads a body of WeCom's API as tolerantly as we suppose WeCom to read it. */
export function readJson(raw: Buffer): ReadJson {
  const whole = raw.toString("utf8")
  const value = MAY_NEED_REPAIR.test(whole) ? undefined : parseJson(withoutMark(whole))
  if (value !== undefined) return { value, repairs: [] }
  const { bytes, repairs } = repairJson(raw)
  return { value: parseJson(withoutMark(Buffer.from(bytes).toString("utf8"))), repairs }
}

/** Bytes that are not UTF-8 were read as U+FFFD. A text with raw control characters is not JSON. */
const MAY_NEED_REPAIR = /\uFFFD|\\u(?:0000|[dD][89a-fA-F])/

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text
}

function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const sign = text[index]
    if (sign === '"') index = endOfString(text, index)
    else if (sign === "{" || sign === "[") depth++
    else if (sign === "}" || sign === "]") depth--
    if (depth > MAX_DEPTH) return true
  }
  return false
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++
    else if (text[index] === '"') return index
  }
  return text.length
}
