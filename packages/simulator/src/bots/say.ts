import { deliveryView, type CallbackDelivery } from "../callbacks/delivery.ts"
import type { BadField } from "../control/bad-field.ts"
import { Fields } from "../control/fields.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { BotWorld } from "./bot-world.ts"
import { raiseEnterChat, raiseMessage, type Speaker } from "./raise.ts"

/**
 * A member's words to a smart robot, as `POST /_sim/phones/{userid}/say` takes them: `msgtype` with the payload of its
 * name, or `event`.
 */
export interface Said {
  readonly bot: string
  /** A group that both robot and member are in; without it, the member's own chat. */
  readonly chatid?: string | undefined
  readonly msgtype: string
  readonly [payload: string]: unknown
}

const EVENTS = ["enter_chat", "enter_agent"] as const

/** @returns what was sent to the robot; its `state` is `kept` when the robot has no connection and the event is lost */
export function say(
  world: BotWorld,
  userid: string,
  input: unknown,
): { readonly told: CallbackDelivery } | { readonly badFields: readonly BadField[] } {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  const bot = world.org.bot(fields.neededText("bot"))
  const member = world.org.member(userid)
  const msgtype = fields.neededText("msgtype")
  const chatid = fields.text("chatid")
  const isEvent = msgtype === "event"
  const event = isEvent ? fields.oneOf("event", EVENTS) : undefined
  const payload = isJsonObject(input) ? input[msgtype] : undefined
  if (member === undefined) badFields.push({ path: "userid", problem: NO_MEMBER })
  if (bot === undefined && badFields.length === 0) badFields.push({ path: "bot", problem: NO_BOT })
  if (isEvent) fields.complainIfMissing("event")
  else if (!isJsonObject(payload) && msgtype !== "") {
    fields.complain(
      msgtype,
      'must be a JSON object, as in {"content": "你好"}',
      '必须是 JSON 对象，如 {"content": "你好"}',
    )
  }
  const group = bot?.groups.find((one) => one.chatid === chatid)
  if (chatid !== undefined && member !== undefined && group?.members.includes(member.userid) !== true) {
    badFields.push({ path: "chatid", problem: NO_GROUP })
  }
  fields.refuseOthers(new Set(["bot", "chatid", "msgtype", isEvent ? "event" : msgtype]))
  if (badFields.length > 0 || bot === undefined || member === undefined) return { badFields }
  const speaker: Speaker = { bot, userid: member.userid, chatid }
  const content: JsonObject = { [msgtype]: payload }
  const delivery =
    event === undefined ? raiseMessage(world, speaker, { msgtype, ...content }) : raiseEnterChat(world, speaker)
  return { told: deliveryView(delivery) }
}

const NO_MEMBER = { en: "is not a member of the organisation", zh: "不是企业成员" }
const NO_BOT = { en: "is not a smart robot of the organisation", zh: "不是企业里的智能机器人" }
const NO_GROUP = { en: "is not a group that the robot and the member are in", zh: "不是该机器人与该成员共同所在的群" }
