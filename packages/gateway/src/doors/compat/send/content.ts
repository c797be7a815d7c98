import { cutBytesLikeWeCom, describeFault } from "@wecom-push/protocol"
import type { AppMessage, Fault } from "@wecom-push/protocol"
import { canBeSplit, checkContent } from "@wecom-push/sdk/internals"
import { fitParts, MAX_PARTS } from "../../../accept/fit-parts.ts"
import type { FittedParts } from "../../../accept/fit-parts.ts"
import { warningsIn } from "../../../accept/issues.ts"
import { mediaNamedIn } from "../../../accept/media-named.ts"
import type { NamedMedium } from "../../../accept/media-named.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { isObject, own } from "../../kit/json-object.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { JsonObject } from "../../kit/json-object.ts"
import { Refusal } from "../refusal.ts"

export interface CompatContent {
  readonly msgtype: string
  /** The JSON of each message that will be sent, in order. */
  readonly parts: readonly string[]
  /** The files of the gateway that the content names. */
  readonly media: readonly NamedMedium[]
  /** Differences between the content and what WeCom shows. */
  readonly warnings: readonly Fault[]
}

/**
 * The content of a message: its type, the payload of that name, and the switches. Other fields are ignored, for example the
 * empty `text` beside a `markdown` that some clients send.
 * @param overflow of the key; undefined: a text that is too long is cut where WeCom would cut it
 * @param check of the call that carries the message
 * @throws {Refusal} the code of WeCom's own refusal; 45002 for a text that is too long if the key says so
 */
export function readContent(
  request: CompatRequest,
  overflow: KeyRecord["overflow"],
  check: ContentCheck,
): CompatContent {
  const message = messageOf(request)
  const fitting = overflow === "reject" ? undefined : overflow
  const faults = checkContent(message, { strict: false, overflow: fitting }, check)
  const refusal = faults.find(isRefused)
  if (refusal !== undefined) throw new Refusal(refusal.errcode, describeFault(refusal, "en"))
  const parts = fitted(message, faults.find(isLongText), { overflow, check })
  return {
    msgtype: message.msgtype,
    parts: parts.map((part) => JSON.stringify(part)),
    media: mediaNamedIn(message),
    warnings: warningsIn(faults),
  }
}

type ContentCheck = (message: unknown) => Fault[]

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

/** A fault without a code is none for WeCom: it accepts the message, but cuts it or shows less. */
function isRefused(fault: Fault): fault is Fault & { readonly errcode: number } {
  return fault.severity === "error" && fault.errcode !== undefined
}

/** A text or markdown that WeCom would cut, unless the key says to fit it. */
function isLongText(fault: Fault): boolean {
  return fault.rule === "too_long" && fault.tolerated === true && canBeSplit(fault)
}

function fitted(
  message: CompatMessage,
  tooLong: Fault | undefined,
  { overflow, check }: { readonly overflow: KeyRecord["overflow"]; readonly check: ContentCheck },
): readonly object[] {
  if (tooLong === undefined) return withinLimit(fitParts(asChecked(message), overflow, check))
  const { path, actual, limit = 0 } = tooLong
  if (overflow === "reject") throw refusedAsTooLong(`${path} has ${actual} bytes, at most ${limit} go`)
  const payload = message[message.msgtype]
  const content = isObject(payload) ? own(payload, "content") : undefined
  if (!isObject(payload) || typeof content !== "string") return [message]
  return [{ ...message, [message.msgtype]: { ...payload, content: cutBytesLikeWeCom(content, limit) } }]
}

function withinLimit(fitted: FittedParts<AppMessage>): readonly AppMessage[] {
  if ("parts" in fitted) return fitted.parts
  throw refusedAsTooLong(`it takes at least ${fitted.needed} messages, at most ${MAX_PARTS} go`)
}

function refusedAsTooLong(explanation: string): Refusal {
  return new Refusal(45002, explanation)
}

function asChecked(message: CompatMessage): AppMessage {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was checked
  return message as unknown as AppMessage
}
