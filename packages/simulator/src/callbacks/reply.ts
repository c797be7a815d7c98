import { checkCardUpdate, checkMessage, cutBytesLikeWeCom, MAX_TEXT_BYTES } from "@wecom-push/protocol"
import {
  CallbackCipher,
  isCallbackSignature,
  passiveReplyFromXml,
  readXml,
  xmlText,
  type XmlElement,
} from "@wecom-push/protocol/callback"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { App } from "../org/types.ts"
import { faceOf } from "../phone-messages.ts"
import { hasButtons } from "../send/interactive.ts"
import type { CallbackWorld } from "./callback-world.ts"
import { CARD_EVENT, TASK_EVENT, type CardPress } from "./card-press.ts"

export interface TakenReply {
  readonly reply: JsonObject | undefined
  /** Why the reply had no effect. */
  readonly error: string | undefined
}

/** The member who is answered. */
export interface Speaker {
  readonly userid: string
  /** The press whose card the answer may change. */
  readonly press: CardPress | undefined
}

const NO_REPLY: TakenReply = { reply: undefined, error: undefined }

/**
 * Shows the reply in an app's answer, only to the member who pressed or wrote.
 * @see wecom document 90241
 */
export async function takeReply(
  world: CallbackWorld,
  app: App,
  speaker: Speaker,
  { status, body }: { readonly status: number; readonly body: string },
): Promise<TakenReply> {
  const text = body.trim()
  // Some libraries write "success" in capitals.
  if (status !== 200 || text === "" || text.toLowerCase() === "success") return NO_REPLY
  const envelope = await readXml(text)
  if (envelope === undefined) return { reply: undefined, error: "reply_not_xml" }
  const message = open(envelope, app, world.org.document.corp_id)
  if (message === undefined) return { reply: undefined, error: "reply_not_readable" }
  const inner = await readXml(message)
  const reply = inner && passiveReplyFromXml(inner)
  if (reply === undefined) return { reply, error: "reply_of_unknown_type" }
  return { reply, error: show(world, app, speaker, reply) }
}

function open(envelope: XmlElement, { callback }: App, corpId: string): string | undefined {
  const encrypted = xmlText(envelope, "Encrypt")
  const [timestamp, nonce] = [xmlText(envelope, "TimeStamp"), xmlText(envelope, "Nonce")]
  const parts = { token: callback.token, timestamp, nonce, encrypted }
  if (!isCallbackSignature(xmlText(envelope, "MsgSignature"), parts)) return undefined
  const decrypted = new CallbackCipher(callback.encoding_aes_key, corpId).decrypt(encrypted)
  return decrypted.kind === "message" ? decrypted.message : undefined
}

/** @returns why nothing is shown */
function show(world: CallbackWorld, app: App, { userid, press }: Speaker, reply: JsonObject): string | undefined {
  const { msgtype } = reply
  if (typeof msgtype === "string") return showMessage(world, app, userid, msgtype, reply)
  if (press === undefined) return "reply_refused: no card was pressed"
  if (press.event === TASK_EVENT) return "reply_refused: a task card is changed by update_taskcard"
  if (press.event === CARD_EVENT && world.settings.card_event_reply === "ignored") return "reply_ignored"
  const faulty = checkCardUpdate(reply).find(({ severity }) => severity === "error")
  if (faulty !== undefined) return `reply_refused: ${faulty.path} ${faulty.rule}`

  const face = newFace(reply, faceOf(press.message, press.userid))
  if (face === undefined) return "reply_refused: the card has no buttons"
  world.ledger.update(press.message, { atMs: world.clock.nowMs(), userids: new Set([press.userid]), body: face })
  return undefined
}

function newFace({ button, template_card }: JsonObject, face: JsonObject): JsonObject | undefined {
  if (isJsonObject(template_card)) return template_card
  const replaceText = isJsonObject(button) ? button["replace_name"] : undefined
  return hasButtons(face) ? { ...face, replace_text: replaceText } : undefined
}

function showMessage(
  world: CallbackWorld,
  app: App,
  userid: string,
  msgtype: string,
  reply: JsonObject,
): string | undefined {
  const faulty = checkMessage(reply).find(({ errcode }) => errcode !== undefined)
  if (faulty !== undefined) return `reply_refused: ${faulty.path} ${faulty.rule}`
  world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    agentid: app.agentid,
    msgtype,
    atMs: world.clock.nowMs(),
    raw: Buffer.from(JSON.stringify({ touser: userid, agentid: app.agentid, ...reply })),
    altered: cutText(reply["text"]),
    shownTo: [userid],
    taskId: undefined,
  })
  return undefined
}

function cutText(text: unknown): JsonObject | undefined {
  const content = isJsonObject(text) ? text["content"] : undefined
  return typeof content === "string" ? { content: cutBytesLikeWeCom(content, MAX_TEXT_BYTES) } : undefined
}
