import { byteLength, checkCardUpdate, MAX_BOT_MARKDOWN_BYTES } from "@wecom-push/protocol"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { Awaited } from "./bots.ts"
import type { BotWorld } from "./bot-world.ts"
import { DONE, INVALID_REQ_ID, STREAM_EXPIRED, type BotFrame, type FrameAnswer } from "./frame.ts"
import { mistakeIn, mistakeInText, show } from "./send-frames.ts"

/** Welcome texts and new faces of cards come within 5 s, or not at all. */
const QUICK_REPLY_MS = 5000
const STREAM_MS = 10 * 60_000
const MOST_IMAGES = 10

/** `aibot_respond_msg`: a reply to a message of a member's. */
export function respond(world: BotWorld, frame: BotFrame): FrameAnswer {
  const awaited = awaitedBy(world, frame, "message")
  if (awaited === undefined) return { errcode: INVALID_REQ_ID }
  const { body } = frame
  const msgtype = body["msgtype"]
  if (msgtype === "stream") return respondStream(world, frame, awaited, body)
  if (msgtype === "stream_with_template_card") {
    const { template_card: card } = body
    const answer = respondStream(world, frame, awaited, body)
    if (answer.errcode !== 0 || !isJsonObject(card)) return answer
    return respondWith(world, frame, awaited, { msgtype: "template_card", template_card: card })
  }
  return respondWith(world, frame, awaited, body)
}

function respondWith(world: BotWorld, frame: BotFrame, awaited: Awaited, message: JsonObject): FrameAnswer {
  const errcode = mistakeIn(world, frame, message)
  if (errcode !== 0) return { errcode }
  return show(world, frame, awaited, message) === undefined ? { errcode: 45009 } : DONE
}

/** The first piece shows the text, the others change it until one finishes. */
function respondStream(world: BotWorld, frame: BotFrame, awaited: Awaited, body: JsonObject): FrameAnswer {
  const { stream } = body
  if (!isJsonObject(stream)) return { errcode: 40058 }
  const { id, content = "", finish, msg_item: images } = stream
  if (typeof id !== "string" || id === "" || typeof content !== "string") return { errcode: 40058 }
  if (world.settings.bot_long_markdown === "refuse" && byteLength(content) > MAX_BOT_MARKDOWN_BYTES) {
    return { errcode: 40058 }
  }
  if (images !== undefined && (!Array.isArray(images) || images.length > MOST_IMAGES || finish !== true)) {
    return { errcode: 40058 }
  }
  const key = `${frame.reqId} ${id}`
  const known = world.bots.streams.get(key)
  if (known === undefined) {
    const message = show(world, frame, awaited, { msgtype: "markdown", markdown: { content } })
    if (message === undefined) return { errcode: 45009 }
    world.bots.streams.set(key, { message, startedMs: frame.nowMs, isFinished: finish === true })
    return DONE
  }
  if (known.isFinished || frame.nowMs > known.startedMs + STREAM_MS) return { errcode: STREAM_EXPIRED }
  known.isFinished = finish === true
  const update = { atMs: frame.nowMs, userids: new Set(known.message.shownTo), body: { content } }
  world.ledger.update(known.message, update)
  return DONE
}

/** `aibot_respond_welcome_msg`: once, to a member who has just come in. */
export function respondWelcome(world: BotWorld, frame: BotFrame): FrameAnswer {
  const awaited = awaitedBy(world, frame, "enter_chat")
  if (awaited === undefined || !takesReply(awaited, frame.nowMs)) return { errcode: INVALID_REQ_ID }
  const { body } = frame
  const isText = body["msgtype"] === "text"
  if (!isText && body["msgtype"] !== "template_card") return { errcode: 40008 }
  const errcode = isText ? mistakeInText(body) : mistakeIn(world, frame, body)
  if (errcode !== 0) return { errcode }
  awaited.isAnswered = true
  return show(world, frame, awaited, body) === undefined ? { errcode: 45009 } : DONE
}

/** `aibot_respond_update_msg`: the new face of a card that was pressed, once. */
export function respondUpdate(world: BotWorld, frame: BotFrame): FrameAnswer {
  const awaited = awaitedBy(world, frame, "card")
  const { body, nowMs } = frame
  const card = body["template_card"]
  if (awaited?.card === undefined || !takesReply(awaited, nowMs)) return { errcode: INVALID_REQ_ID }
  if (body["response_type"] !== "update_template_card" || !isJsonObject(card)) return { errcode: 40058 }
  const { task_id: taskId, ...face } = card
  if (taskId !== awaited.card.taskId) return { errcode: 42014 }
  const fault = checkCardUpdate({ template_card: face }).find((one) => one.severity === "error" && one.errcode)
  if (fault !== undefined) return { errcode: fault.errcode ?? 40058 }
  const wanted: unknown = body["userids"]
  const holders = awaited.card.shownTo
  const named = Array.isArray(wanted) ? wanted.map((one) => world.org.member(String(one))?.userid) : holders
  const userids = new Set(named.filter((one): one is string => one !== undefined && holders.includes(one)))
  if (userids.size === 0) return { errcode: 82102 }
  awaited.isAnswered = true
  world.ledger.update(awaited.card, { atMs: nowMs, userids, body: card })
  return DONE
}

function awaitedBy(world: BotWorld, { bot, reqId }: BotFrame, kind: Awaited["kind"]): Awaited | undefined {
  const awaited = world.bots.awaited.get(reqId)
  return awaited?.kind === kind && awaited.bot.bot_id === bot.bot_id ? awaited : undefined
}

function takesReply({ isAnswered, atMs }: Awaited, nowMs: number): boolean {
  return !isAnswered && nowMs <= atMs + QUICK_REPLY_MS
}
