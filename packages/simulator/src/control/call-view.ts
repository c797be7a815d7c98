import { hash } from "node:crypto"
import { isJsonObject, readJson, type JsonObject } from "../json.ts"
import type { CallRecord } from "../ledger.ts"

const SECRET_FIELDS: ReadonlySet<string> = new Set(["access_token", "corpsecret", "secret"])
const MASK = "***"
/** Where `key` is a secret, and not the name of a button. */
const ROBOT_PATHS = "/cgi-bin/webhook/"

/**
 * A call as `GET /_sim/calls` shows it, with tokens and secrets masked. Where a body had some, its bytes are masked too.
 * Where content was forgotten to make room, `forgotten_bytes` says how much, and there is no hash.
 * `warnings` are there where there are some.
 */
export function callView(call: CallRecord): JsonObject {
  const { body, bytes } = maskedBody(call.raw)
  const isForgotten = call.forgottenBytes > 0
  return {
    seq: call.seq,
    at: new Date(call.atMs).toISOString(),
    path: call.path,
    query: masked(call.path.startsWith(ROBOT_PATHS) ? { ...call.query, key: MASK } : call.query).value,
    body,
    body_base64: bytes.toString("base64"),
    sha256: isForgotten ? null : hash("sha256", bytes, "hex"),
    errcode: call.errcode ?? null,
    answer: call.answer === undefined ? null : masked(call.answer).value,
    shown: call.shown,
    suppressed: call.suppressed,
    dropped: call.dropped,
    fault: call.fault ?? null,
    ...(call.warnings.length === 0 ? {} : { warnings: call.warnings }),
    ...(isForgotten ? { forgotten_bytes: call.forgottenBytes } : {}),
  }
}

function maskedBody(raw: Buffer): { body: unknown; bytes: Buffer } {
  if (raw.length === 0) return { body: null, bytes: raw }
  const text = raw.toString("utf8")
  const { value } = readJson(raw)
  if (value === undefined) return maskedText(text, raw)
  const { value: body, hasSecret } = masked(value)
  return { body, bytes: hasSecret ? Buffer.from(JSON.stringify(body)) : raw }
}

/** A copy without the secrets in any place; the same value where there are none. */
function masked<T>(value: T): { value: T | JsonObject; hasSecret: boolean } {
  let hasSecret = false
  const copy: unknown = JSON.parse(JSON.stringify(value), (name, member: unknown) => {
    if (!SECRET_FIELDS.has(name)) return member
    hasSecret = true
    return MASK
  })
  return hasSecret && isJsonObject(copy) ? { value: copy, hasSecret } : { value, hasSecret: false }
}

/** A form, or JSON that breaks off: the text after the name of a secret is masked up to the next separator. */
function maskedText(text: string, raw: Buffer): { body: string; bytes: Buffer } {
  const body = text.replaceAll(/\b(access_token|corpsecret|secret)(["'=:\s]+)[^"'&,;}\s]+/g, `$1$2${MASK}`)
  return { body, bytes: body === text ? raw : Buffer.from(body) }
}
