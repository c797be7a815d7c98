import { repairJson } from "@wecom-push/protocol"
import type { JsonRepair } from "@wecom-push/protocol"
import { Problem } from "../../problems/problem.ts"
import { readJson } from "../../accept/read-json.ts"
import { MAX_LIST_VALUES } from "../kit/body-limits.ts"
import { Refusal } from "./refusal.ts"
import { isObject, own } from "../kit/json-object.ts"
import type { JsonObject } from "../kit/json-object.ts"

/** A call as it came in, read as leniently as WeCom reads it: unknown fields do not matter, wrong types are left aside. */
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

  /** The body is no JSON object, had to be repaired, or has a field of the wrong type. Like WeCom, the gateway only warns. */
  get hasJsonMistake(): boolean {
    return this.#hasJsonMistake
  }

  /** Repairs of the body's text. */
  get repairs(): readonly JsonRepair[] {
    return this.#repairs
  }

  /** Result of another thread; reading takes too long for this one. */
  wasReadElsewhere({ hasJsonMistake, repairs }: Pick<CompatRequest, "hasJsonMistake" | "repairs">): void {
    this.#hasJsonMistake = hasJsonMistake
    this.#repairs = repairs
  }

  /** Read when first asked for, whatever its Content-Type; `{}` where it is no object. @throws {Refusal} 40033, 40058 */
  get body(): JsonObject {
    return (this.#body ??= this.#readBody())
  }

  /** The first value counts where it is given twice. */
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
    const value = jsonIn(this.raw) ?? this.#readRepaired()
    if (isObject(value)) return value
    this.#hasJsonMistake = true
    return NOTHING
  }

  /** Only ill-formed JSON costs a second pass, and all requests wait for it: of a long body it would take too long. */
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

/** @returns undefined for what is no JSON, or not well written. @throws {Refusal} 40058 for nesting without end */
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
