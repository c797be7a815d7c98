import { hash } from "node:crypto"
import { isJsonObject, parseJson, type JsonObject } from "../json.ts"
import type { CallRecord } from "../ledger.ts"

const SECRET_FIELDS: ReadonlySet<string> = new Set(["access_token", "corpsecret"])
const MASK = "***"

/** A call as `GET /_sim/calls` shows it, with tokens and secrets masked. Where a body had some, its bytes are masked too. */
export function callView(call: CallRecord): JsonObject {
  const { body, bytes } = maskedBody(call.raw)
  return {
    seq: call.seq,
    at: new Date(call.atMs).toISOString(),
    path: call.path,
    query: masked(call.query),
    body,
    body_base64: bytes.toString("base64"),
    sha256: hash("sha256", bytes, "hex"),
    errcode: call.errcode ?? null,
    answer: call.answer === undefined ? null : masked(call.answer),
    shown: call.shown,
    suppressed: call.suppressed,
    dropped: call.dropped,
    fault: call.fault ?? null,
  }
}

function maskedBody(raw: Buffer): { body: unknown; bytes: Buffer } {
  if (raw.length === 0) return { body: null, bytes: raw }
  const text = raw.toString("utf8")
  const body = parseJson(text.replace(/^\uFEFF/, ""))
  if (body === undefined) return { body: text, bytes: raw }
  if (!isJsonObject(body) || !hasSecret(body)) return { body, bytes: raw }
  const safe = masked(body)
  return { body: safe, bytes: Buffer.from(JSON.stringify(safe)) }
}

function hasSecret(fields: JsonObject): boolean {
  return Object.keys(fields).some((name) => SECRET_FIELDS.has(name))
}

function masked(fields: JsonObject): JsonObject {
  if (!hasSecret(fields)) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET_FIELDS.has(name) ? MASK : value]),
  )
}
