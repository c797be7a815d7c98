import type { JsonRepair } from "@wecom-push/protocol"
import type { CallRecord } from "../ledger.ts"
import { isJsonObject, readJson, type JsonObject } from "../json.ts"
import type { HttpAnswer } from "../http-answer.ts"
import type { Upload } from "../media/read-upload.ts"
import type { App, Robot } from "../org/types.ts"
import type { World } from "../world.ts"

/** One call to `/cgi-bin`, read as far as every API reads it. */
export interface ApiCall {
  readonly verb: string
  readonly query: JsonObject
  readonly raw: Buffer
  /** The body, or `{}` where it is no JSON object. */
  readonly body: JsonObject
  readonly ip: string
  /** Where the caller found this WeCom, as in `http://127.0.0.1:7780`. */
  readonly origin: string
  /** The `Range` header. */
  readonly range: string | undefined
  /** The file of a multipart body. */
  readonly upload: Upload | undefined
  readonly nowMs: number
  /** Set when the body is no JSON or had to be repaired, or a field has the wrong JSON type and was left aside. */
  jsonMistake: boolean
  /** Where it is entered: an API notes who was reached. */
  readonly record: CallRecord
}

/** What an API answers; `errmsg` is added on the way out. */
export interface ApiAnswer {
  readonly errcode: number
  readonly [field: string]: unknown
}

/** The answer of an API that gives out a file. */
export class BytesAnswer {
  readonly http: HttpAnswer
  /** What the ledger tells of it. */
  readonly told: JsonObject

  constructor(http: HttpAnswer, told: JsonObject) {
    this.http = http
    this.told = told
  }
}

/** An API that needs a token, called with the app the token belongs to. */
export type ApiHandler = (world: World, call: ApiCall, app: App) => ApiAnswer | BytesAnswer

/** An API of a group robot, whose key takes the place of a token. */
export type RobotApiHandler = (world: World, call: ApiCall, robot: Robot) => ApiAnswer

export const refuse = (errcode: number): ApiAnswer => ({ errcode })

/** Asked again after the fields were read: reading is what finds a wrong type. */
export function mustRefuseJson(world: World, call: ApiCall): boolean {
  return call.jsonMistake && world.settings.json_mistakes === "refuse"
}

const NOTHING: JsonObject = {}

export function readBody(raw: Buffer): { body: JsonObject; jsonMistake: boolean; repairs: readonly JsonRepair[] } {
  if (raw.length === 0) return { body: NOTHING, jsonMistake: false, repairs: [] }
  const { value, repairs } = readJson(raw)
  if (!isJsonObject(value)) return { body: NOTHING, jsonMistake: true, repairs: [] }
  return { body: value, jsonMistake: repairs.length > 0, repairs }
}

/** There, and not an empty leftover of some template. */
export function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ""
}

/** A query parameter; of one given twice the first counts. */
export function queryText(query: JsonObject, name: string): string {
  const value: unknown = query[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === "string" ? first : ""
}

/** A text field of the body; one of another JSON type is left aside with the warning WeCom gives. */
export function bodyText(call: ApiCall, name: string): string {
  const value = call.body[name]
  if (typeof value === "string") return value
  if (value !== undefined && value !== null) call.jsonMistake = true
  return ""
}

/** An integer field of the body, also when it comes as digits in a string, as many clients send it. */
export function bodyInteger(call: ApiCall, name: string): number | undefined {
  const value = call.body[name]
  if (typeof value === "number" && Number.isSafeInteger(value)) return value
  if (typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value)) return Number(value)
  if (isFilled(value)) call.jsonMistake = true
  return undefined
}
