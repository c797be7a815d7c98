import {
  MAX_DEPARTMENTS_PER_CALL,
  MAX_TAGS_PER_CALL,
  MAX_USERS_PER_CALL,
  SENT_MESSAGE_TYPES,
} from "@wecom-push/protocol"
import { isFilled, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { MSGID_BYTES, randomId, RESPONSE_CODE_BYTES } from "../ids.ts"
import { isJsonObject } from "../json.ts"
import type { KeptBackReason } from "../ledger.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { badLists } from "./bad-lists.ts"
import { checkPayload } from "./check-payload.ts"
import { hasTask, isInteractive, taskIdOf } from "./interactive.ts"
import { readSendRequest, type SendRequest } from "./read-request.ts"
import { findRecipients, type Recipients } from "./recipients.ts"
import { withCuts, type Cut } from "./shown-body.ts"
import { translateIds } from "./translate-ids.ts"

/** @see wecom document 90236 */
export function sendMessage(world: World, call: ApiCall, app: App): ApiAnswer {
  const { settings } = world
  const request = readSendRequest(call)
  const wrongForm = checkForm(world, call, app, request)
  if (wrongForm !== 0) return refuse(wrongForm)

  const payload = checkPayload(world, call, app, request)
  if (!("cuts" in payload)) return refuse(payload.errcode)
  if (mustRefuseJson(world, call)) return refuse(40058)

  const recipients = findRecipients(world.org, app, request, settings.toparty_subdepartments)
  keepBackRefused(world, call, app, request, recipients)
  if (recipients.nobodyLeft) return answerNobodyLeft(world, recipients)

  const duplicateKey =
    request.duplicateIntervalMs === undefined ? undefined : world.duplicates.keyOf(app.agentid, call.raw)
  if (duplicateKey !== undefined) {
    const firstMsgid = world.duplicates.find(duplicateKey, request.duplicateIntervalMs ?? 0, call.nowMs)
    if (firstMsgid !== undefined) return suppress(world, call, app, request, recipients, duplicateKey, firstMsgid)
  }

  const { app_person_times_per_day: personTimes } = settings.limits
  if (!world.personTimes.take(app.agentid, recipients.userids.length, personTimes, call.nowMs)) return refuse(45009)

  const answer = deliver(world, call, app, request, recipients, payload.cuts)
  if (duplicateKey !== undefined) world.duplicates.remember(duplicateKey, answer.msgid, call.nowMs)
  return answer
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(SENT_MESSAGE_TYPES)

/** Checks that need neither payload nor organisation, in the order in which WeCom would report the faults. */
function checkForm(world: World, call: ApiCall, app: App, request: SendRequest): number {
  const { settings } = world
  const { agentid, touser, toparty, totag } = request
  if (mustRefuseJson(world, call)) return 40058
  if (agentid === "absent" && request.msgtype !== "miniprogram_notice") return 41011
  if (agentid === "invalid") return 40056
  if (typeof agentid === "number" && agentid !== app.agentid) {
    return world.org.app(agentid) === undefined ? 40056 : 301002
  }
  if (settings.strict_types && typeof call.body["agentid"] === "string") return 40056
  if (settings.strict_types && typeof call.body["safe"] === "string" && isFilled(call.body["safe"])) return 40035
  if (!KNOWN_TYPES.has(request.msgtype)) return 40008

  if (touser.length + toparty.length + totag.length === 0) return settings.no_recipient_errcode
  if (touser.length > MAX_USERS_PER_CALL) return 40032
  if (toparty.length > MAX_DEPARTMENTS_PER_CALL) return 82002
  return totag.length > MAX_TAGS_PER_CALL ? 82003 : 0
}

/** Keeps back the copies of the members that WeCom's answer names. Their phones can show why. */
function keepBackRefused(world: World, call: ApiCall, app: App, request: SendRequest, recipients: Recipients): void {
  const known = (userids: readonly string[]): string[] =>
    userids.map((userid) => world.org.member(userid)?.userid).filter((userid) => userid !== undefined)
  keepBack(world, call, app, request, "unlicensed", known(recipients.unlicensedUsers))
  keepBack(world, call, app, request, "invisible", known(recipients.invalidUsers))
}

function keepBack(
  world: World,
  call: ApiCall,
  app: App,
  { msgtype }: SendRequest,
  reason: KeptBackReason,
  userids: readonly string[],
): void {
  if (userids.length === 0) return
  world.ledger.keepBack({ reason, agentid: app.agentid, msgtype, atMs: call.nowMs, raw: call.raw, userids })
}

function answerNobodyLeft({ settings }: World, recipients: Recipients): ApiAnswer {
  if (settings.nobody_left_errcode === 0) {
    return { errcode: 0, ...badLists(recipients, "string", false), msgid: randomId(MSGID_BYTES) }
  }
  return { errcode: settings.nobody_left_errcode, ...badLists(recipients, settings.invalid_on_failure, false) }
}

/** The second copy is not shown on any phone, and the answer does not say so. */
function suppress(
  world: World,
  call: ApiCall,
  app: App,
  request: SendRequest,
  recipients: Recipients,
  duplicateKey: string,
  firstMsgid: string,
): ApiAnswer {
  const { settings } = world
  if (settings.duplicate_prolongs) world.duplicates.remember(duplicateKey, firstMsgid, call.nowMs)
  call.record.suppressed = recipients.userids
  world.ledger.count("suppressed", recipients.userids.length)
  keepBack(world, call, app, request, "suppressed", recipients.userids)
  const msgid = settings.duplicate_answer === "same_msgid" ? firstMsgid : randomId(MSGID_BYTES)
  return {
    errcode: 0,
    ...(settings.duplicate_names_invalid && badLists(recipients, "string", settings.invalid_on_success === "empty")),
    ...(settings.duplicate_answer === "no_msgid" ? {} : { msgid }),
  }
}

function deliver(
  world: World,
  call: ApiCall,
  app: App,
  request: SendRequest,
  recipients: Recipients,
  cuts: readonly Cut[],
): ApiAnswer & { readonly msgid: string } {
  const { settings } = world
  const sent = call.body[request.msgtype]
  const payload = isJsonObject(sent) ? sent : {}
  const cut = withCuts(payload, cuts)
  const shownBody = request.translatesIds ? translateIds(world.org, app, request.msgtype, cut) : cut
  const isCard = request.msgtype === "template_card"
  const taskId = hasTask(request.msgtype) ? taskIdOf(payload) : undefined
  const responseCode = isCard && isInteractive(payload) ? randomId(RESPONSE_CODE_BYTES) : undefined

  const { shown, dropped } = world.memberRate.admit(app.agentid, recipients.userids, settings.limits, call.nowMs)
  call.record.shown = shown
  call.record.dropped = dropped
  world.ledger.count("dropped", dropped.length)
  keepBack(world, call, app, request, "dropped", dropped)
  const message = world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    agentid: app.agentid,
    msgtype: request.msgtype,
    atMs: call.nowMs,
    raw: call.raw,
    altered: shownBody === payload ? undefined : shownBody,
    shownTo: shown,
    taskId,
  })
  if (taskId !== undefined) world.taskIds.add(app.agentid, taskId)
  if (responseCode !== undefined) world.cardCodes.add(responseCode, message, call.nowMs)
  return {
    errcode: 0,
    ...badLists(recipients, "string", settings.invalid_on_success === "empty"),
    msgid: message.msgid,
    ...(responseCode === undefined ? {} : { response_code: responseCode }),
  }
}
