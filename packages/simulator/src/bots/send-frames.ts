import { checkBotMessage, checkMessage, MAX_BOT_MARKDOWN_BYTES, type Fault } from "@wecom-push/protocol"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import { conversationOf, type SentMessage } from "../ledger.ts"
import { mediaIn } from "../media/media-in.ts"
import { namesUnknownMember } from "../send/check-payload.ts"
import { taskIdOf } from "../send/interactive.ts"
import { withCuts } from "../send/shown-body.ts"
import type { Bot } from "../org/types.ts"
import { botConversation } from "./bot-conversation.ts"
import type { BotWorld } from "./bot-world.ts"
import { findConversation } from "./conversation.ts"
import { DONE, UNKNOWN_CONVERSATION, type BotFrame, type FrameAnswer } from "./frame.ts"

/** `aibot_send_msg`: a message that the robot sends without being asked. */
export function sendMessage(world: BotWorld, frame: BotFrame): FrameAnswer {
  const { bot, body } = frame
  const { chatid, chat_type: chatType, ...message } = body
  const conversation = findConversation(world, bot, typeof chatid === "string" ? chatid : "", chatType)
  const { bot_unknown_conversation: unknown, limits } = world.settings
  if (conversation === undefined) return { errcode: UNKNOWN_CONVERSATION }
  if (!conversation.isOpened && unknown === "refuse") return { errcode: UNKNOWN_CONVERSATION }
  const errcode = mistakeIn(world, frame, message)
  if (errcode !== 0) return { errcode }
  if (!world.bots.serves(bot.bot_id, conversation.chatid, limits.bot_conversations)) return { errcode: 45009 }
  return show(world, frame, conversation, message) === undefined ? { errcode: 45009 } : DONE
}

/** The members whose phones show the message, and the conversation for which it counts: 30 messages a minute. */
export interface Place {
  readonly chatid: string
  readonly userids: readonly string[]
}

/** @returns undefined when the conversation already has as many messages as it may have */
export function show(
  world: BotWorld,
  { bot, body, nowMs, record }: BotFrame,
  { chatid, userids }: Place,
  message: JsonObject,
): SentMessage | undefined {
  const origin = { agentid: 0, bot: bot.bot_id }
  const sender = conversationOf(origin)
  const { shown } = world.memberRate.admit(sender, [chatid], world.settings.limits, nowMs)
  if (shown.length === 0) return undefined
  const msgtype = String(message["msgtype"])
  const sent = message[msgtype]
  const payload = isJsonObject(sent) ? sent : {}
  const altered = world.settings.bot_long_markdown === "cut" ? withCuts(payload, MARKDOWN_CUT) : payload
  const taskId = msgtype === "template_card" ? taskIdOf(payload) : undefined
  // The phone may show another message than the frame has: a stream reply is shown as a text.
  const raw = body["msgtype"] === msgtype ? body : message
  record.shown = userids
  if (taskId !== undefined) world.taskIds.add(sender, taskId)
  return world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    ...origin,
    msgtype,
    atMs: nowMs,
    raw: Buffer.from(JSON.stringify(raw)),
    altered: msgtype === "markdown" && altered !== payload ? altered : undefined,
    shownTo: userids,
    taskId,
  })
}

const MARKDOWN_CUT = [{ path: "markdown.content", limit: MAX_BOT_MARKDOWN_BYTES, unit: "bytes" }] as const

/** The errcode for a faulty message; 0 for a good one. */
export function mistakeIn(
  world: BotWorld,
  { bot, nowMs }: Pick<BotFrame, "bot" | "nowMs">,
  message: JsonObject,
): number {
  const fault = checkBotMessage(message).find((one) => refuses(world, one))
  if (fault !== undefined) return fault.errcode ?? 40058
  const msgtype = String(message["msgtype"])
  const payload = message[msgtype]
  if (!isJsonObject(payload)) return 40058
  const badMedia = mistakeInMedia(world, bot, nowMs, msgtype, payload)
  if (badMedia !== 0 || msgtype !== "template_card") return badMedia
  const taskId = taskIdOf(payload)
  if (taskId !== undefined && world.taskIds.has(conversationOf({ agentid: 0, bot: bot.bot_id }), taskId)) return 42014
  return namesUnknownMember(world.org, payload) ? 42050 : 0
}

/** A welcome may be a plain text. A robot sends no other plain texts. */
export function mistakeInText(message: JsonObject): number {
  return (
    checkMessage(message).find(({ severity, errcode }) => severity === "error" && errcode !== undefined)?.errcode ?? 0
  )
}

function refuses({ settings }: BotWorld, { severity, errcode, path, rule }: Fault): boolean {
  if (severity !== "error" || errcode === undefined) return false
  return path !== "markdown.content" || rule !== "too_long" || settings.bot_long_markdown === "refuse"
}

function mistakeInMedia(world: BotWorld, bot: Bot, nowMs: number, msgtype: string, payload: JsonObject): number {
  const { unknown_media, expired_media_errcode } = world.settings
  for (const { id, type } of mediaIn(msgtype, payload)) {
    const medium = world.media.find(id, botConversation(bot.bot_id), nowMs)
    if (medium === "expired") return expired_media_errcode
    if (medium === undefined ? unknown_media === "refuse" : medium.type !== type && msgtype !== "template_card") {
      return 40007
    }
  }
  return 0
}
