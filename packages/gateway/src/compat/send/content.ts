import {
  byteLength,
  checkMessage,
  cutBytesLikeWeCom,
  describeFault,
  MAX_MARKDOWN_BYTES,
  MAX_TEXT_BYTES,
} from "@wecom-push/protocol"
import type { AppMessage, Fault } from "@wecom-push/protocol"
import { fitMessage } from "@wecom-push/sdk"
import { mediaNamedIn } from "../../accept/media-named.ts"
import type { NamedMedium } from "../../accept/media-named.ts"
import type { KeyRecord } from "../../core/ports/keys.ts"
import { isObject, own } from "../compat-request.ts"
import type { CompatRequest, JsonObject } from "../compat-request.ts"
import { Refusal } from "../refusal.ts"

export interface CompatContent {
  readonly msgtype: string
  /** JSON of what will be sent, one after another. */
  readonly parts: readonly string[]
  /** The files of the gateway that it names. */
  readonly media: readonly NamedMedium[]
}

/**
 * What a message says: its type, the payload of that name, and the switches. The rest of the body does not matter, as
 * the empty `text` beside a `markdown` that some clients send.
 * @param overflow of the key; undefined: a text too long is cut where WeCom would cut it
 * @throws {Refusal} the code of WeCom's own refusal; 45002 for a text too long where the key says so
 */
export function readContent(request: CompatRequest, overflow: KeyRecord["overflow"]): CompatContent {
  const message = messageOf(request)
  const refusal = checkMessage(message).find(isRefused)
  if (refusal !== undefined) throw new Refusal(refusal.errcode, describeFault(refusal, "en"))
  const { msgtype } = message
  const parts = fitted(message, overflow).map((part) => JSON.stringify(part))
  return { msgtype, parts, media: mediaNamedIn(message) }
}

type CompatMessage = JsonObject & { readonly msgtype: string }

function messageOf(request: CompatRequest): CompatMessage {
  const msgtype = request.text("msgtype")
  const payload = own(request.body, msgtype)
  const safe = request.integer("safe") ?? 0
  const translatesIds = request.integer("enable_id_trans") === 1
  return {
    msgtype,
    ...(payload === undefined ? {} : { [msgtype]: payload }),
    ...(safe === 0 ? {} : { safe }),
    ...(translatesIds ? { enable_id_trans: 1 } : {}),
  }
}

/** Without a code WeCom takes it all the same, and cuts it or shows less. */
function isRefused(fault: Fault): fault is Fault & { readonly errcode: number } {
  return fault.severity === "error" && fault.errcode !== undefined
}

function fitted(message: CompatMessage, overflow: KeyRecord["overflow"]): readonly object[] {
  const limit = LIMITS[message.msgtype]
  const payload = message[message.msgtype]
  const content = isObject(payload) ? own(payload, "content") : undefined
  if (limit === undefined || !isObject(payload) || typeof content !== "string") return [message]
  const actual = byteLength(content)
  if (actual <= limit) return [message]
  if (overflow === "reject") throw tooLong(`${message.msgtype}.content has ${actual} bytes, at most ${limit} go`)
  if (overflow !== undefined) return withinLimit(fitMessage(asChecked(message), overflow))
  return [{ ...message, [message.msgtype]: { ...payload, content: cutBytesLikeWeCom(content, limit) } }]
}

const LIMITS: Readonly<Record<string, number>> = { text: MAX_TEXT_BYTES, markdown: MAX_MARKDOWN_BYTES }

function withinLimit(parts: readonly AppMessage[]): readonly AppMessage[] {
  if (parts.length > MAX_PARTS) throw tooLong(`it takes ${parts.length} messages, at most ${MAX_PARTS} go`)
  return parts
}

const MAX_PARTS = 100

function tooLong(explanation: string): Refusal {
  return new Refusal(45002, explanation)
}

function asChecked(message: CompatMessage): AppMessage {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `checkMessage` has looked at it
  return message as unknown as AppMessage
}
