import type { JsonRepair } from "@wecom-push/protocol"
import type { CallRecord } from "../ledger.ts"
import { isJsonObject, readJson, type JsonObject } from "../json.ts"
import type { HttpAnswer } from "../http-answer.ts"
import type { Upload } from "../media/read-upload.ts"
import type { App, Robot } from "../org/types.ts"
import type { World } from "../world.ts"

/** One call to `/cgi-bin`, parsed as far as every API needs it. */
export interface ApiCall {
  readonly verb: string
  readonly query: JsonObject
  readonly raw: Buffer
  /** The body, or `{}` when it is not a JSON object. */
  readonly body: JsonObject
  readonly ip: string
  /** The address under which the caller reached this WeCom, such as `http://127.0.0.1:7780`. */
  readonly origin: string
  /** The `Range` header. */
  readonly range: string | undefined
  /** The file of a multipart body. */
  readonly upload: Upload | undefined
  readonly nowMs: number
  /** Set when the body is not JSON or had to be repaired, or when a field was ignored because of a wrong JSON type. */
  jsonMistake: boolean
  /** The call's record in the ledger, in which an API notes the members that it reached. */
  readonly record: CallRecord
}

/** The answer of an API; `errmsg` is added later. */
export interface ApiAnswer {
  readonly errcode: number
  readonly [field: string]: unknown
}

/** The answer of an API that returns a file. */
export class BytesAnswer {
  readonly http: HttpAnswer
  /** The answer as the ledger shows it. */
  readonly told: JsonObject

  constructor(http: HttpAnswer, told: JsonObject) {
    this.http = http
    this.told = told
  }
}

/** An API that needs a token, called with the app the token belongs to. */
export type ApiHandler = (world: World, call: ApiCall, app: App) => ApiAnswer | BytesAnswer

/** An API of a group robot, which is called with a key and not with a token. */
export type RobotApiHandler = (world: World, call: ApiCall, robot: Robot) => ApiAnswer

export const refuse = (errcode: number): ApiAnswer => ({ errcode })

/** Checked again after the fields were read, because only reading finds a wrong type. */
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

/** Whether the value is there and is not an empty value left by some template. */
export function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ""
}

/** A query parameter; when it is given twice, the first value counts. */
export function queryText(query: JsonObject, name: string): string {
  const value: unknown = query[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === "string" ? first : ""
}

/** A text field of the body; a value of another JSON type is ignored, with WeCom's warning. */
export function bodyText(call: ApiCall, name: string): string {
  const value = call.body[name]
  if (typeof value === "string") return value
  if (value !== undefined && value !== null) call.jsonMistake = true
  return ""
}

/** An integer field of the body; many clients send its digits in a string, which is accepted too. */
export function bodyInteger(call: ApiCall, name: string): number | undefined {
  const value = call.body[name]
  if (typeof value === "number" && Number.isSafeInteger(value)) return value
  if (typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value)) return Number(value)
  if (isFilled(value)) call.jsonMistake = true
  return undefined
}
