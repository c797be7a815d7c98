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

/** What is wrong with the payload by WeCom's code, or what it shows less of. */
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

/** Strings with numbers in them were read as numbers already. */
function withNumbers(body: JsonObject, request: SendRequest): JsonObject {
  const hasStrings = typeof body["enable_id_trans"] === "string"
  return withSafe(hasStrings ? { ...body, enable_id_trans: request.translatesIds ? 1 : 0 } : body, request.safe)
}

/** @param safe as it was read: many clients send it in a string */
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

/** A payload field of the wrong JSON type that WeCom can do without. */
export function isJsonMistake(fault: Fault, msgtype: string): boolean {
  return fault.rule === "wrong_type" && fault.errcode === undefined && fault.path.startsWith(`${msgtype}.`)
}

/** A text too long for WeCom without a code is one that it cuts. */
export function cutOf({ settings }: World, { rule, severity, path, limit, unit, errcode }: Fault): Cut[] {
  if (rule !== "too_long" || limit === undefined || errcode !== undefined) return []
  if (path === "markdown.content" && settings.long_markdown === "show") return []
  const isMeasuredInBytes = path.startsWith("textcard.") && settings.textcard_unit === "bytes"
  // A textcard too long in bytes alone is a warning: by the current documentation it is not cut.
  if (isMeasuredInBytes && path !== "textcard.btntxt") return [{ path, limit, unit: "bytes" }]
  if (severity !== "error") return []
  return [{ path, limit, unit: unit === "bytes" ? "bytes" : "characters" }]
}

/** What depends on the app and on what was sent before. */
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

/** Of the right kind, uploaded by who sends, and not three days old. @param owner as the library names it */
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
    // What a card offers for download may be of any type.
    const isOfOtherType = medium !== undefined && medium.type !== type && msgtype !== "template_card"
    if (isOfOtherType || medium?.byUrl === true || (medium === undefined && unknown_media === "refuse")) return 40007
    const isConfidential = msgtype === "file" && safe === 1
    if (isConfidential && medium !== undefined && checkSafeFile(medium.filename, NOWHERE) !== undefined)
      return UNSAFE_KIND
  }
  return 0
}

const NOWHERE = { path: "" }
/** What may not be shared is of a kind that WeCom shows by itself. */
const UNSAFE_KIND = 40004

/** Of a row that leads to a member's card. */
export const UNKNOWN_MEMBER = 42050

/** Whether the app may see a member does not matter: the reader's phone looks the card up. */
export function namesUnknownMember(org: Org, card: JsonObject): boolean {
  const rows: unknown = card["horizontal_content_list"]
  return (
    Array.isArray(rows) &&
    rows
      .filter(isJsonObject)
      .some(({ type, userid }) => type === 3 && typeof userid === "string" && org.member(userid) === undefined)
  )
}

/** Without a URL it counts too: the events wait to be read. */
function hasCallback(app: App): boolean {
  return app.callback.token !== "" && app.callback.encoding_aes_key !== ""
}

/** The mini-programs a payload leads to, anywhere in it. */
export function appidsIn(payload: JsonObject): string[] {
  return Object.entries(payload).flatMap(([name, value]) => {
    if (name === "appid") return typeof value === "string" && value !== "" ? [value] : []
    if (Array.isArray(value)) return value.filter(isJsonObject).flatMap(appidsIn)
    return isJsonObject(value) ? appidsIn(value) : []
  })
}
