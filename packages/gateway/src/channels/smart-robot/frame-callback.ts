import { createHash } from "node:crypto"
import { cutText } from "@wecom-push/protocol"
import { readBotEvent } from "@wecom-push/sdk/internals"
import type { BotEvent } from "@wecom-push/sdk"
import type { IncomingFrame } from "@wecom-push/sdk/internals"
import { packPress } from "../../model/bot.ts"
import type { NewCallback } from "../../model/ports/callbacks.ts"
import { isStorableId, LONGEST_ID, storable } from "../../model/storable.ts"

/** The robot that a frame came to. */
export interface Receiver {
  readonly app: string
  /** The `corpId` of the robot's party. */
  readonly bot: string
}

/** In bytes of JSON; a longer frame is stored without WeCom's fields. */
const MOST_BYTES = 256 * 1024
/** Lists and objects inside each other; a field that is nested deeper is not stored. */
const MOST_DEPTH = 100

/**
 * The callback that is stored for a frame: its event, and who wrote where. Undefined for a frame that is about the
 * connection alone. All of it can be stored: a frame that a database refuses would be tried again without end, and delay
 * those after it.
 * @param at milliseconds since 1970
 */
export function callbackOf(heard: IncomingFrame, { app, bot }: Receiver, at: number): NewCallback | undefined {
  const frame = storable({ ...heard, body: withoutDeep(heard.body) })
  const event = readBotEvent(frame)
  if (event === undefined) return undefined
  const { userid, chatid } = event
  const shared = { app, id: idOf(frame, event), at }
  const who = {
    userid: shownId(userid),
    chatid: chatid === undefined ? null : shownId(chatid),
    created_at: timeOf(event.body["create_time"]),
  }
  if (event.kind === "card_press") {
    const { key, taskId, cardType, selected } = event
    const selected_items = Object.entries(selected).map(([question_key, ids]) => ({
      question_key,
      option_ids: [...ids],
    }))
    const pressed = { event_key: key, task_id: taskId, card_type: cardType, selected_items }
    const code = packPress({ reqId: frame.reqId, taskId })
    // No card of ours has such a task, and such a code cannot change any card.
    if (isNoId(code) || isTooLong(pressed)) return { ...shared, type: "wecom.unknown", data: { ...who, fields: null } }
    const press = { msgtype: "template_card", taskId, userid, responseCode: code } as const
    return { ...shared, type: "card.clicked", data: { ...who, ...pressed }, press }
  }
  const callback = {
    ...shared,
    type: `wecom.${wordFor(event)}`,
    data: { ...who, fields: fieldsOf(event.body) },
  } as const
  if (event.kind !== "message" || userid === "" || isNoId(userid) || isNoId(chatid)) return callback
  const place = chatid === undefined ? ({ type: "user", id: userid } as const) : ({ type: "chat", id: chatid } as const)
  return { ...callback, spoken: { bot, ...place, userid } }
}

/** The fields that are nested so little that they can be written as JSON. */
function withoutDeep(body: IncomingFrame["body"]): IncomingFrame["body"] {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => !isDeeper(value, MOST_DEPTH)))
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1))
}

/** WeCom repeats no frame; a frame without an id gets a hash of itself as its id. */
function idOf({ reqId, body }: IncomingFrame, { id }: BotEvent): string {
  return id === "" || isNoId(id)
    ? createHash("sha256")
        .update(`${reqId} ${JSON.stringify(body)}`)
        .digest("hex")
    : `frame ${id}`
}

function wordFor(event: BotEvent): string {
  if (event.kind === "message") return plain(event.msgtype)
  if (event.kind === "enter_chat") return event.kind
  const { event: happened } = event.body
  const word: unknown = Object(happened)["eventtype"]
  return typeof word === "string" ? plain(word) : "unknown"
}

function plain(word: string): string {
  const lower = word.toLowerCase()
  return /^[a-z\d_]{1,64}$/.test(lower) ? lower : "unknown"
}

/** The fields as WeCom wrote them, without the address by which any program could answer. */
function fieldsOf(body: BotEvent["body"]): BotEvent["body"] | null {
  const fields = Object.fromEntries(Object.entries(body).filter(([name]) => name !== "response_url"))
  return isTooLong(fields) ? null : fields
}

const isTooLong = (value: unknown): boolean => Buffer.byteLength(JSON.stringify(value)) > MOST_BYTES
const isNoId = (id: string | undefined): boolean => id !== undefined && !isStorableId(id)
const shownId = (id: string): string => cutText(id, LONGEST_ID)

/** Null if it is not a valid time. @param seconds since 1970 */
function timeOf(seconds: unknown): string | null {
  const isTime = typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds > 0 && seconds < 10_000_000_000
  return isTime ? new Date(seconds * 1000).toISOString() : null
}
