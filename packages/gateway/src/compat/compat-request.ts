import { Problem } from "../accept/problem.ts"
import { readJson } from "../accept/read-json.ts"
import { Refusal } from "./refusal.ts"

export type JsonObject = Readonly<Record<string, unknown>>

/** A call as it came in, read as leniently as WeCom reads it: unknown fields do not matter, wrong types are left aside. */
export class CompatRequest {
  readonly verb: string
  readonly peer: string | undefined
  /** The body, byte for byte. */
  readonly raw: Uint8Array
  readonly #query: JsonObject
  #body: JsonObject | undefined
  #hasJsonMistake = false

  constructor(parts: { verb: string; query: unknown; raw: Uint8Array; peer: string | undefined }) {
    this.verb = parts.verb
    this.raw = parts.raw
    this.peer = parts.peer
    this.#query = isObject(parts.query) ? parts.query : NOTHING
  }

  /** The body is no JSON object, or a field that was read has the wrong type. WeCom goes on all the same, with a warning. */
  get hasJsonMistake(): boolean {
    return this.#hasJsonMistake
  }

  /** Read when first asked for, whatever its Content-Type; `{}` where it is no object. @throws {Refusal} 40033, 40058 */
  get body(): JsonObject {
    return (this.#body ??= this.#readBody())
  }

  /** Of one given twice the first counts. */
  queryText(name: string): string {
    const value = own(this.#query, name)
    const first: unknown = Array.isArray(value) ? value[0] : value
    return typeof first === "string" ? first : ""
  }

  text(name: string): string {
    const value = own(this.body, name)
    if (typeof value === "string") return value
    if (value !== undefined && value !== null) this.#hasJsonMistake = true
    return ""
  }

  /** Also one that comes as digits in a string, as many clients send it. */
  integer(name: string): number | undefined {
    const value = own(this.body, name)
    if (typeof value === "number" && Number.isSafeInteger(value)) return value
    if (typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value)) return Number(value)
    if (isFilled(value)) this.#hasJsonMistake = true
    return undefined
  }

  /** There, and not an empty leftover of some template. */
  has(name: string): boolean {
    return isFilled(own(this.body, name))
  }

  #readBody(): JsonObject {
    if (this.raw.length === 0) return NOTHING
    try {
      const value = readJson(this.raw)
      if (isObject(value)) return value
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      refuseUnlessMalformed(error)
    }
    this.#hasJsonMistake = true
    return NOTHING
  }
}

const NOTHING: JsonObject = {}

/** Text that cannot be kept as it is, and nesting without end, are no slips to be lenient about. */
function refuseUnlessMalformed(problem: Problem): void {
  if (problem.code === "invalid_json") return
  const isAboutText = problem.code === "invalid_utf8" || problem.code === "invalid_text"
  throw new Refusal(isAboutText ? 40033 : 40058, problem.detail?.en, { cause: problem })
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Never an inherited member, as `constructor` is. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ""
}
