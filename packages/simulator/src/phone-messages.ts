import { isJsonObject, readJson, type JsonObject } from "./json.ts"
import { TASK_CARD } from "./send/interactive.ts"
import type { KeptBack, Ledger, Origin, SentMessage } from "./ledger.ts"

/** One message on one phone. */
export interface PhoneMessage extends Origin {
  readonly seq: number
  readonly userid: string
  readonly msgid: string
  /** ISO 8601, by the simulator's clock. */
  readonly at: string
  /** The JSON as it was sent. */
  readonly request: JsonObject
  /** The payload that the phone shows, after cuts, id translation and card updates. */
  readonly body: JsonObject
  readonly recalled?: true
  /** When the card got its present content. */
  readonly updated_at?: string
}

export interface PhoneFilter {
  /** In any case of letters. */
  readonly userid?: string | undefined
  /** Only copies with a greater number. */
  readonly after?: number | undefined
  /** True: also messages that were recalled, which no phone shows any more. */
  readonly recalled?: boolean | undefined
}

/** The messages that phones show, oldest first. Copies of one message share their `request`. */
export function* phoneMessages(ledger: Ledger, filter: PhoneFilter = {}): Generator<PhoneMessage, void, undefined> {
  const userid = filter.userid?.toLowerCase()
  const after = filter.after ?? 0
  for (const message of ledger.messages()) {
    if (message.firstSeq + message.shownTo.length - 1 <= after) continue
    if (message.recalledAtMs !== undefined && filter.recalled !== true) continue
    yield* copiesOf(message, userid, after)
  }
}

/** One phone's copy of a message that has just arrived, changed or been recalled. */
export function phoneMessage(message: SentMessage, userid: string): PhoneMessage | undefined {
  for (const copy of copiesOf(message, userid.toLowerCase(), 0)) return copy
  return undefined
}

/** The copy in the form of a message body, as all answers show it. An update has a card, or more of a robot's text. */
export function asMessage({ request, updated_at: updated, body }: PhoneMessage): MessageBody {
  const sent = String(request["msgtype"])
  const msgtype = updated === undefined || sent === "markdown" || sent === TASK_CARD ? sent : "template_card"
  return { msgtype, [msgtype]: body }
}

export interface MessageBody {
  readonly msgtype: string
  readonly [part: string]: unknown
}

/** The message that was kept back, as it was sent, without cuts. */
export function keptBackMessage(copies: KeptBack): MessageBody {
  return { msgtype: copies.msgtype, [copies.msgtype]: payloadOf(copies, readRequest(copies)) }
}

/** The payload as it was sent. */
export function sentBody(message: SentMessage): JsonObject {
  return message.altered ?? payloadOf(message, readRequest(message))
}

/** The content that one phone shows of a message now. The same object for all phones that show the same. */
export function faceOf(message: SentMessage, userid: string): JsonObject {
  return message.updates.findLast((update) => update.userids.has(userid))?.body ?? sentBody(message)
}

/** @param userid in lower case; without it, the copies of all phones */
export function* copiesOf(
  message: SentMessage,
  userid: string | undefined,
  after: number,
): Generator<PhoneMessage, void, undefined> {
  let shared: SharedPart | undefined
  for (let index = Math.max(0, after - message.firstSeq + 1); index < message.shownTo.length; index++) {
    const holder = message.shownTo[index]
    if (holder === undefined || (userid !== undefined && holder.toLowerCase() !== userid)) continue
    shared ??= sharedPart(message)
    const update = message.updates.findLast((one) => one.userids.has(holder))
    yield {
      seq: message.firstSeq + index,
      userid: holder,
      ...shared,
      ...(update === undefined ? {} : { body: update.body, updated_at: new Date(update.atMs).toISOString() }),
      ...(message.recalledAtMs === undefined ? {} : { recalled: true }),
    }
  }
}

type SharedPart = Origin & Pick<PhoneMessage, "msgid" | "at" | "request" | "body">

function sharedPart(message: SentMessage): SharedPart {
  const request = readRequest(message)
  return {
    msgid: message.msgid,
    agentid: message.agentid,
    ...(message.chat === undefined ? {} : { chat: message.chat }),
    ...(message.robot === undefined ? {} : { robot: message.robot }),
    ...(message.bot === undefined ? {} : { bot: message.bot }),
    at: new Date(message.atMs).toISOString(),
    request,
    body: message.altered ?? payloadOf(message, request),
  }
}

// The bytes are kept and not the parsed JSON: most messages are never looked at, and bytes need a third of the memory.
export function readRequest(message: Pick<SentMessage, "raw">): JsonObject {
  const { value } = readJson(message.raw)
  return isJsonObject(value) ? value : {}
}

function payloadOf(message: Pick<SentMessage, "msgtype">, request: JsonObject): JsonObject {
  const payload = request[message.msgtype]
  return isJsonObject(payload) ? payload : {}
}
