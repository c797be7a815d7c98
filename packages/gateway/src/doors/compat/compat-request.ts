import { repairJson } from "@wecom-push/protocol"
import type { JsonRepair } from "@wecom-push/protocol"
import { Problem } from "../../problems/problem.ts"
import { readJson } from "../../accept/read-json.ts"
import { MAX_LIST_VALUES } from "../kit/body-limits.ts"
import { Refusal } from "./refusal.ts"
import { isObject, own } from "../kit/json-object.ts"
import type { JsonObject } from "../kit/json-object.ts"

/**
 * A call as it came in. It is read as leniently as WeCom reads it: unknown fields are ignored, and so are fields of a wrong
 * type.
 */
export class CompatRequest {
  readonly verb: string
  readonly peer: string | undefined
  /** The body, byte for byte. */
  readonly raw: Uint8Array
  readonly #query: JsonObject
  #body: JsonObject | undefined
  #hasJsonMistake = false
  #repairs: readonly JsonRepair[] = []

  constructor(parts: { verb: string; query: unknown; raw: Uint8Array; peer: string | undefined }) {
    this.verb = parts.verb
    this.raw = parts.raw
    this.peer = parts.peer
    this.#query = isObject(parts.query) ? parts.query : NOTHING
  }

  /** The body is no JSON object, had to be repaired, or has a field of a wrong type. Like WeCom, the gateway only warns. */
  get hasJsonMistake(): boolean {
    return this.#hasJsonMistake
  }

  /** Repairs of the body's text. */
  get repairs(): readonly JsonRepair[] {
    return this.#repairs
  }

  /** Called if another thread has read the body, which would take too long in this one. */
  wasReadElsewhere({ hasJsonMistake, repairs }: Pick<CompatRequest, "hasJsonMistake" | "repairs">): void {
    this.#hasJsonMistake = hasJsonMistake
    this.#repairs = repairs
  }

  /**
   * Parsed on first use, whatever its Content-Type; `{}` if it is no object.
   * @throws {Refusal} 40033, 40058
   */
  get body(): JsonObject {
    return (this.#body ??= this.#readBody())
  }

  /** If the parameter is given twice, the first value counts. */
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

  /** Also accepts digits in a string, as many clients send them. */
  integer(name: string): number | undefined {
    const value = own(this.body, name)
    if (typeof value === "number" && Number.isSafeInteger(value)) return value
    if (typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value)) return Number(value)
    if (isFilled(value)) this.#hasJsonMistake = true
    return undefined
  }

  /** Whether the field exists and is not just an empty value that a client always sends. */
  has(name: string): boolean {
    return isFilled(own(this.body, name))
  }

  #readBody(): JsonObject {
    if (this.raw.length === 0) return NOTHING
    const value = jsonIn(this.raw) ?? this.#readRepaired()
    if (isObject(value)) return value
    this.#hasJsonMistake = true
    return NOTHING
  }

  /** Only invalid JSON needs a second parse. All requests wait for it, so it is not done for a long body. */
  #readRepaired(): unknown {
    if (this.raw.length > MAX_REPAIRED_BYTES) throw new Refusal(40033, TOO_LONG_TO_REPAIR)
    const { bytes, repairs } = repairJson(this.raw)
    const value = repairs.length === 0 ? undefined : jsonIn(bytes)
    if (!isObject(value)) return undefined
    this.#hasJsonMistake = true
    this.#repairs = repairs
    return value
  }
}

const NOTHING: JsonObject = {}

/**
 * @returns undefined if it is no JSON, or not correct.
 * @throws {Refusal} 40058 if it is nested too deeply
 */
function jsonIn(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes, MAX_LIST_VALUES)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (MENDABLE.has(error.code)) return undefined
    throw new Refusal(40058, error.detail?.en, { cause: error })
  }
}

const MAX_REPAIRED_BYTES = 1024 * 1024
const TOO_LONG_TO_REPAIR = "a body over 1 MiB has to be well-written JSON in UTF-8, without NUL or half characters"
const MENDABLE: ReadonlySet<string> = new Set(["body_missing", "invalid_json", "invalid_utf8", "invalid_text"])

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ""
}
