import { checkChatMessage, MESSAGE_TYPES } from "@wecom-push/protocol"
import { bodyInteger, bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject } from "../json.ts"
import type { App } from "../org/types.ts"
import { checkMediaIds, cutOf, isJsonMistake, refuses, withSafe } from "../send/check-payload.ts"
import { withCuts } from "../send/shown-body.ts"
import type { World } from "../world.ts"
import { chatOf, seesAll } from "./chat-apis.ts"

const KNOWN_TYPES: ReadonlySet<string> = new Set(MESSAGE_TYPES)
/** Types that apps send to members, and not into chats. */
const NOT_INTO_CHATS = 86214

/** The members of the chat see it. The answer has no `msgid`, so there is no recall. @see wecom document 90248 */
export function sendToChat(world: World, call: ApiCall, app: App): ApiAnswer {
  const { settings, org } = world
  if (!seesAll(world, app)) return refuse(48002)
  const chat = chatOf(world, app, bodyText(call, "chatid"))
  if ("errcode" in chat) return chat

  const msgtype = bodyText(call, "msgtype")
  const safe = bodyInteger(call, "safe") ?? 0
  const { chatid: _, ...message } = call.body
  const faults = checkChatMessage(withSafe(message, safe))
  const refusal = faults.find((fault) => refuses(world, fault))
  if (refusal?.path === "msgtype" && KNOWN_TYPES.has(msgtype)) return refuse(NOT_INTO_CHATS)
  if (refusal !== undefined) return refuse(refusal.errcode ?? 45002)
  if (faults.some((fault) => isJsonMistake(fault, msgtype))) call.jsonMistake = true
  if (mustRefuseJson(world, call)) return refuse(40058)

  const sent = call.body[msgtype]
  const payload = isJsonObject(sent) ? sent : {}
  const badMedia = checkMediaIds(world, call, { msgtype, safe }, payload, org.document.corp_id)
  if (badMedia !== 0) return refuse(badMedia)
  const members = chat.members.map((userid) => org.member(userid)?.userid).filter((userid) => userid !== undefined)
  if (!world.chatRate.takePersonTimes(members.length, settings.limits, call.nowMs)) return refuse(45009)

  const shownBody = withCuts(
    payload,
    faults.flatMap((fault) => cutOf(world, fault)),
  )
  const origin = { agentid: app.agentid, chat: chat.chatid, msgtype, atMs: call.nowMs, raw: call.raw }
  const { shown, dropped } = world.chatRate.admit(app.agentid, members, settings.limits, call.nowMs)
  call.record.shown = shown
  call.record.dropped = dropped
  world.ledger.count("dropped", dropped.length)
  if (dropped.length > 0) world.ledger.keepBack({ ...origin, reason: "dropped", userids: dropped })
  const isFirst = !world.chats.hasSpoken(chat.chatid)
  world.chats.speak(chat.chatid)
  world.ledger.show({
    ...origin,
    msgid: randomId(MSGID_BYTES),
    altered: shownBody === payload ? undefined : shownBody,
    shownTo: shown,
    taskId: undefined,
  })
  // A chat comes to its members' phones with its first message.
  if (isFirst) world.changes.emit("org")
  return { errcode: 0 }
}
