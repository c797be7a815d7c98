import { isObject } from "../option-faults.ts"
import type { IncomingFrame } from "./frame.ts"

/** Something that a member did in a conversation with the robot. */
export type BotEvent = BotMessageEvent | EnterChatEvent | CardPressEvent | OtherBotEvent

interface BotEventBase {
  /** WeCom's id of the event. */
  readonly id: string
  readonly userid: string
  /** The id of the group; undefined in the member's own chat. */
  readonly chatid: string | undefined
  /** As WeCom sent it. */
  readonly body: Readonly<Record<string, unknown>>
}

/** A member wrote. From now on the robot may send messages to this member. */
export interface BotMessageEvent extends BotEventBase {
  readonly kind: "message"
  readonly msgtype: string
  /** The member's text; undefined when the message is not a text. */
  readonly text: string | undefined
}

/** A member opened the conversation for the first time of the day. The robot may answer with a welcome for 5 s. */
export interface EnterChatEvent extends BotEventBase {
  readonly kind: "enter_chat"
}

/** A member pressed a card. The robot can change the card for 5 s. */
export interface CardPressEvent extends BotEventBase {
  readonly kind: "card_press"
  /** The key of the button that was pressed. */
  readonly key: string
  readonly taskId: string
  readonly cardType: string
  /** The ids of the chosen options of each question. */
  readonly selected: Readonly<Record<string, readonly string[]>>
}

/** An event that this version does not know: look at `body`. */
interface OtherBotEvent extends BotEventBase {
  readonly kind: "other"
}

/** @returns undefined for frames that concern the connection only */
export function readBotEvent({ cmd, body }: IncomingFrame): BotEvent | undefined {
  const from = isObject(body["from"]) ? body["from"] : {}
  const chatid = textOf(body["chatid"])
  const base = {
    id: textOf(body["msgid"]),
    userid: textOf(from["userid"]),
    chatid: body["chattype"] === "group" && chatid !== "" ? chatid : undefined,
    body,
  }
  if (cmd === "aibot_msg_callback") return messageOf(base)
  if (cmd !== "aibot_event_callback") return undefined
  const event = isObject(body["event"]) ? body["event"] : {}
  switch (event["eventtype"]) {
    case "disconnected_event":
      return undefined
    case "enter_chat":
      return { kind: "enter_chat", ...base }
    case "template_card_event":
      return pressOf(base, event)
  }
  return { kind: "other", ...base }
}

function messageOf(base: BotEventBase): BotMessageEvent {
  const msgtype = textOf(base.body["msgtype"])
  const payload = base.body[msgtype]
  const content = isObject(payload) ? payload["content"] : undefined
  return { kind: "message", ...base, msgtype, text: typeof content === "string" ? content : undefined }
}

function pressOf(base: BotEventBase, event: Readonly<Record<string, unknown>>): CardPressEvent {
  // Older frames have the fields beside `eventtype`, newer ones in an object of their own.
  const detail = isObject(event["template_card_event"]) ? event["template_card_event"] : event
  return {
    kind: "card_press",
    ...base,
    key: textOf(detail["event_key"]),
    taskId: textOf(detail["task_id"]),
    cardType: textOf(detail["card_type"]),
    selected: selectedIn(detail["selected_items"]),
  }
}

function selectedIn(items: unknown): Readonly<Record<string, readonly string[]>> {
  const list = isObject(items) ? items["selected_item"] : undefined
  if (!Array.isArray(list)) return {}
  return Object.fromEntries(
    list.filter(isObject).map((item) => {
      const ids = isObject(item["option_ids"]) ? item["option_ids"]["option_id"] : undefined
      const all: unknown[] = Array.isArray(ids) ? ids : ids === undefined ? [] : [ids]
      return [textOf(item["question_key"]), all.map(String)]
    }),
  )
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")
