import type { CardPress } from "../callbacks/card-press.ts"
import type { Delivery } from "../callbacks/delivery.ts"
import { MSGID_BYTES, randomId } from "../ids.ts"
import type { JsonObject } from "../json.ts"
import type { Bot } from "../org/types.ts"
import type { Awaited } from "./bots.ts"
import type { BotWorld } from "./bot-world.ts"

const REQ_ID_BYTES = 18

/** A member in a chat with a robot, or in one of its groups. */
export interface Speaker {
  readonly bot: Bot
  readonly userid: string
  /** The id of the group; undefined in the member's own chat. */
  readonly chatid: string | undefined
}

/** Sends a member's message to the robot's program. From now on the robot may send to this member. */
export function raiseMessage(world: BotWorld, speaker: Speaker, content: JsonObject & { readonly msgtype: string }) {
  if (speaker.chatid === undefined) world.bots.open(speaker.bot.bot_id, speaker.userid)
  return tell(world, speaker, "message", "aibot_msg_callback", content)
}

export function raiseEnterChat(world: BotWorld, speaker: Speaker): Delivery {
  return tell(world, speaker, "enter_chat", "aibot_event_callback", eventOf({ eventtype: "enter_chat" }))
}

/** Sends a press to the robot's program, which may change the card for 5 s. */
export function raisePress(world: BotWorld, bot: Bot, press: CardPress): Delivery {
  const { userid, message, cardType, key, selected } = press
  const items = Object.entries(selected).map(([question_key, option_id]) => ({
    question_key,
    option_ids: { option_id },
  }))
  const detail = {
    card_type: cardType,
    event_key: key,
    task_id: message.taskId ?? "",
    ...(items.length === 0 ? {} : { selected_items: { selected_item: items } }),
  }
  // The fields are in both places, because programs look for them in either.
  const event = { eventtype: "template_card_event", ...detail, template_card_event: detail }
  const group = bot.groups.find(({ members }) => members.includes(userid) && message.shownTo === members)
  const speaker = { bot, userid, chatid: group?.chatid }
  return tell(world, speaker, "card", "aibot_event_callback", eventOf(event), press)
}

const eventOf = (event: JsonObject): JsonObject & { readonly msgtype: string } => ({ msgtype: "event", event })

function tell(
  world: BotWorld,
  { bot, userid, chatid }: Speaker,
  kind: Awaited["kind"],
  cmd: string,
  content: JsonObject & { readonly msgtype: string },
  press?: CardPress,
): Delivery {
  const atMs = world.clock.nowMs()
  const reqId = randomId(REQ_ID_BYTES)
  const msgid = randomId(MSGID_BYTES)
  const place = chatid === undefined ? { chattype: "single" } : { chatid, chattype: "group" }
  const create_time = Math.floor(atMs / 1000)
  const body = { msgid, create_time, aibotid: bot.bot_id, ...place, from: { userid }, ...content }
  const frame = { cmd, headers: { req_id: reqId }, body }
  const connection = world.bots.connection(bot.bot_id)
  // WeCom repeats no frame: without a connection the event is lost.
  connection?.send(frame)
  const members = chatid === undefined ? [userid] : (bot.groups.find((one) => one.chatid === chatid)?.members ?? [])
  const awaited = { kind, bot, chatid: chatid ?? userid, userids: members, atMs, isAnswered: false }
  world.bots.awaited.set(reqId, press === undefined ? awaited : { ...awaited, userids: [userid], card: press.message })
  return world.callbacks.enter({
    atMs,
    agentid: 0,
    bot: bot.bot_id,
    userid,
    msgid: press?.message.msgid ?? msgid,
    event: press?.event ?? (kind === "message" ? content.msgtype : kind),
    eventKey: press?.key ?? "",
    taskId: press?.message.taskId ?? "",
    responseCode: "",
    selected: press?.selected ?? {},
    xml: "",
    frame,
    url: "",
    state: connection === undefined ? "kept" : "delivered",
    tries: [],
  })
}
