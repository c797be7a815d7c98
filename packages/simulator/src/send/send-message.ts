import {
  checkMessage,
  MAX_DEPARTMENTS_PER_CALL,
  MAX_TAGS_PER_CALL,
  MAX_USERS_PER_CALL,
  MESSAGE_TYPES,
} from "@wecom-push/protocol"
import { mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { randomId } from "../ids.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { readSendRequest } from "./read-request.ts"
import { findRecipients, type Recipients } from "./recipients.ts"

/** 88 characters. */
const MSGID_BYTES = 66

const KNOWN_TYPES: ReadonlySet<string> = new Set(MESSAGE_TYPES)

/** @see wecom document 90236 */
export function sendMessage(world: World, call: ApiCall, app: App): ApiAnswer {
  const { settings } = world
  const request = readSendRequest(call)
  if (mustRefuseJson(world, call)) return refuse(40058)

  if (request.agentid === undefined) return refuse(41011)
  if (Number.isNaN(request.agentid) || world.org.app(request.agentid) === undefined) return refuse(40056)
  if (request.agentid !== app.agentid) return refuse(301002)
  if (!KNOWN_TYPES.has(request.msgtype)) return refuse(40008)

  if (request.touser.length + request.toparty.length + request.totag.length === 0) {
    return refuse(settings.no_recipient_errcode)
  }
  if (request.touser.length > MAX_USERS_PER_CALL) return refuse(40032)
  if (request.toparty.length > MAX_DEPARTMENTS_PER_CALL) return refuse(82002)
  if (request.totag.length > MAX_TAGS_PER_CALL) return refuse(82003)

  const fault = checkMessage(call.body).find((one) => one.severity === "error" && one.errcode !== undefined)
  if (fault?.errcode !== undefined) return refuse(fault.errcode)

  const recipients = findRecipients(world.org, app, request, settings.toparty_subdepartments)
  if (recipients.nobodyLeft) return { errcode: settings.nobody_left_errcode, ...badLists(recipients, "omit") }

  const { shown, dropped } = world.memberRate.admit(app.agentid, recipients.userids, settings.limits, call.nowMs)
  const message = world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    agentid: app.agentid,
    msgtype: request.msgtype,
    atMs: call.nowMs,
    raw: call.raw,
    altered: undefined,
    shownTo: shown,
    taskId: undefined,
    responseCode: undefined,
  })
  call.record.shown = shown
  call.record.dropped = dropped
  return { errcode: 0, ...badLists(recipients, settings.invalid_on_success), msgid: message.msgid }
}

function badLists(recipients: Recipients, whenEmpty: "omit" | "empty"): Record<string, string> {
  const lists: Record<string, string> = {}
  const add = (name: string, items: readonly string[]): void => {
    if (items.length > 0 || whenEmpty === "empty") lists[name] = items.join("|")
  }
  add("invaliduser", recipients.invalidUsers)
  add("invalidparty", recipients.invalidParties)
  add("invalidtag", recipients.invalidTags)
  add("unlicenseduser", recipients.unlicensedUsers)
  return lists
}
