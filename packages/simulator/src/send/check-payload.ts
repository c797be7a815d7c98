import { checkSafeFile, checkSentMessage, type Fault } from "@wecom-push/protocol"
import type { ApiCall } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import { mediaIn } from "../media/media-in.ts"
import type { Org } from "../org/org.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { hasTask, isInteractive, taskIdOf } from "./interactive.ts"
import { isToEverybody } from "./recipients.ts"
import type { SendRequest } from "./read-request.ts"
import type { Cut } from "./shown-body.ts"

/** The result of checking a payload: WeCom's code for a fault, or the texts that are cut. */
export type PayloadVerdict = { readonly errcode: number } | { readonly errcode: 0; readonly cuts: readonly Cut[] }

export function checkPayload(world: World, call: ApiCall, app: App, request: SendRequest): PayloadVerdict {
  const faults = checkSentMessage(withNumbers(call.body, request))
  const refusal = faults.find((fault) => refuses(world, fault))
  if (refusal !== undefined) return { errcode: refusal.errcode ?? TOO_LONG }
  if (faults.some((fault) => isJsonMistake(fault, request.msgtype))) call.jsonMistake = true

  const payload = call.body[request.msgtype]
  const errcode = isJsonObject(payload) ? checkAgainstWorld(world, call, app, request, payload) : 0
  return errcode === 0 ? { errcode, cuts: faults.flatMap((fault) => cutOf(world, fault)) } : { errcode }
}

const TOO_LONG = 45002

/** Numbers in strings have already been read as numbers. */
function withNumbers(body: JsonObject, request: SendRequest): JsonObject {
  const hasStrings = typeof body["enable_id_trans"] === "string"
  return withSafe(hasStrings ? { ...body, enable_id_trans: request.translatesIds ? 1 : 0 } : body, request.safe)
}

/** @param safe the value as it was read: many clients send it in a string */
export function withSafe(body: JsonObject, safe: number): JsonObject {
  return typeof body["safe"] === "string" ? { ...body, safe } : body
}

export function refuses({ settings }: World, fault: Fault): boolean {
  if (fault.errcode === 40074) return settings.safe_news === "refuse"
  if (fault.severity !== "error") return false
  if (fault.errcode !== undefined) return true
  if (fault.rule !== "too_long") return false
  return (
    (fault.path === "text.content" && settings.long_text === "refuse") ||
    (fault.path === "markdown.content" && settings.long_markdown === "refuse")
  )
}

/** Whether a payload field has a wrong JSON type that WeCom can ignore. */
export function isJsonMistake(fault: Fault, msgtype: string): boolean {
  return fault.rule === "wrong_type" && fault.errcode === undefined && fault.path.startsWith(`${msgtype}.`)
}

/** WeCom cuts a text that is too long and for which it has no code. */
export function cutOf({ settings }: World, { rule, severity, path, limit, unit, errcode }: Fault): Cut[] {
  if (rule !== "too_long" || limit === undefined || errcode !== undefined) return []
  if (path === "markdown.content" && settings.long_markdown === "show") return []
  const isMeasuredInBytes = path.startsWith("textcard.") && settings.textcard_unit === "bytes"
  // A textcard that is too long only in bytes is a warning: by the current documentation it is not cut.
  if (isMeasuredInBytes && path !== "textcard.btntxt") return [{ path, limit, unit: "bytes" }]
  if (severity !== "error") return []
  return [{ path, limit, unit: unit === "bytes" ? "bytes" : "characters" }]
}

/** Checks that depend on the app and on earlier messages. */
function checkAgainstWorld(world: World, call: ApiCall, app: App, request: SendRequest, payload: JsonObject): number {
  const badMedia = checkMediaIds(world, call, request, payload, world.org.document.corp_id)
  if (badMedia !== 0) return badMedia
  if (request.msgtype === "miniprogram_notice") {
    if (app.miniprograms.length === 0) return 48002
    if (isToEverybody(request)) return 40058
  }
  if (request.msgtype === "template_card") {
    if (isInteractive(payload) && !hasCallback(app)) return 43012
    if (namesUnknownMember(world.org, payload)) return UNKNOWN_MEMBER
  }
  const taskId = hasTask(request.msgtype) ? taskIdOf(payload) : undefined
  if (taskId !== undefined && world.taskIds.has(app.agentid, taskId)) return 42014
  return appidsIn(payload).every((appid) => app.miniprograms.includes(appid)) ? 0 : 90206
}

/**
 * Checks that each medium has the right kind, was uploaded by the sender and is not older than three days. @param owner
 * as the library names it
 */
export function checkMediaIds(
  world: World,
  { nowMs }: ApiCall,
  { msgtype, safe }: Pick<SendRequest, "msgtype" | "safe">,
  payload: JsonObject,
  owner: string,
): number {
  const { unknown_media, expired_media_errcode } = world.settings
  for (const { id, type } of mediaIn(msgtype, payload)) {
    const medium = world.media.find(id, owner, nowMs)
    if (medium === "expired") return expired_media_errcode
    // A card's download may be of any type.
    const isOfOtherType = medium !== undefined && medium.type !== type && msgtype !== "template_card"
    if (isOfOtherType || medium?.byUrl === true || (medium === undefined && unknown_media === "refuse")) return 40007
    const isConfidential = msgtype === "file" && safe === 1
    if (isConfidential && medium !== undefined && checkSafeFile(medium.filename, NOWHERE) !== undefined)
      return UNSAFE_KIND
  }
  return 0
}

const NOWHERE = { path: "" }
/** The code for a `safe` file of a kind that WeCom itself cannot show. */
const UNSAFE_KIND = 40004

/** The code for a row with the card of an unknown member. */
export const UNKNOWN_MEMBER = 42050

/** It does not matter whether the app may see the member: the reader's phone looks up the card. */
export function namesUnknownMember(org: Org, card: JsonObject): boolean {
  const rows: unknown = card["horizontal_content_list"]
  return (
    Array.isArray(rows) &&
    rows
      .filter(isJsonObject)
      .some(({ type, userid }) => type === 3 && typeof userid === "string" && org.member(userid) === undefined)
  )
}

/** A callback without a URL counts too: its events are kept to be read. */
function hasCallback(app: App): boolean {
  return app.callback.token !== "" && app.callback.encoding_aes_key !== ""
}

/** All mini-programs that a payload names. */
export function appidsIn(payload: JsonObject): string[] {
  return Object.entries(payload).flatMap(([name, value]) => {
    if (name === "appid") return typeof value === "string" && value !== "" ? [value] : []
    if (Array.isArray(value)) return value.filter(isJsonObject).flatMap(appidsIn)
    return isJsonObject(value) ? appidsIn(value) : []
  })
}
