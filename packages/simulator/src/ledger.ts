import { EventEmitter } from "node:events"
import { botConversation } from "./bots/bot-conversation.ts"
import { randomId } from "./ids.ts"
import type { JsonObject } from "./json.ts"
import { Ring } from "./ring.ts"
import type { Settings } from "./settings.ts"

/** The sender of a message, and the conversation in which phones show it. */
export interface Origin {
  /** The app's agentid; 0 when no app sends. */
  readonly agentid: number
  /** The chatid of the group chat into which an app sends. */
  readonly chat?: string | undefined
  /** The key of the group robot whose group it is. */
  readonly robot?: string | undefined
  /** The id of the smart robot that sends, in a member's chat with it or in a group. */
  readonly bot?: string | undefined
}

/** The name of the conversation: an app's agentid, or `chat:ID`, `robot:KEY` or `bot:ID`. */
export type Conversation = number | string

export function conversationOf({ agentid, chat, robot, bot }: Origin): Conversation {
  if (chat !== undefined) return `chat:${chat}`
  if (bot !== undefined) return botConversation(bot)
  return robot === undefined ? agentid : `robot:${robot}`
}

/** A message that phones got. The bytes of the request are kept once for all its recipients. */
export interface SentMessage extends Origin {
  /** Its position among all messages meant for phones, kept-back copies included. */
  readonly turn: number
  /** Every phone's copy has its own number: `firstSeq` for the first of `shownTo`, and so on. */
  readonly firstSeq: number
  readonly msgid: string
  readonly msgtype: string
  readonly atMs: number
  /** The request as it came. */
  readonly raw: Buffer
  /** The payload after cuts and id translation, when it differs from the one sent. */
  readonly altered: JsonObject | undefined
  /** The userids whose phones show it, as the organisation spells them. */
  readonly shownTo: readonly string[]
  readonly taskId: string | undefined
  recalledAtMs: number | undefined
  /** The later contents of a card, oldest first. */
  readonly updates: CardUpdate[]
  /** How many bytes of `keep_bytes` it uses. */
  bytes: number
}

/** Copies that no phone shows. The answer to the caller says nothing of them, or only the names. */
export interface KeptBack extends Origin {
  readonly turn: number
  readonly reason: KeptBackReason
  readonly msgtype: string
  readonly atMs: number
  readonly raw: Buffer
  /** The userids whose phones would have shown it, as the organisation spells them. */
  readonly userids: readonly string[]
}

/**
 * `dropped`: over the rate of one app to one member. `suppressed`: by the duplicate check. `unlicensed`: the member has
 * no licence. `invisible`: outside the app's visible range.
 */
export type KeptBackReason = "dropped" | "suppressed" | "unlicensed" | "invisible"

export interface CardUpdate {
  readonly atMs: number
  /** The members whose card changed. */
  readonly userids: ReadonlySet<string>
  /** The new payload. */
  readonly body: JsonObject
}

/** One call to `/cgi-bin`, with the request and the answer. */
export interface CallRecord {
  readonly seq: number
  readonly atMs: number
  /** Such as `/cgi-bin/message/send`. */
  readonly path: string
  readonly query: JsonObject
  raw: Buffer
  /** `undefined` until the call is answered, and when there was no answer (an unknown path, a cut connection). */
  errcode: number | undefined
  answer: JsonObject | undefined
  shown: readonly string[]
  suppressed: readonly string[]
  dropped: readonly string[]
  /** Faults that the caller should correct, though the call was accepted. */
  warnings: readonly string[]
  /** The kind of the fault that was applied. */
  fault: string | undefined
  /** How many bytes of `keep_bytes` it uses. */
  bytes: number
  /** How many bytes of body, answer and names have been forgotten. */
  forgottenBytes: number
}

/** How much is remembered. */
export type LedgerBounds = Pick<Settings, "keep" | "keep_bytes">

export interface LedgerEvents {
  shown: [message: SentMessage]
  recalled: [message: SentMessage]
  updated: [message: SentMessage, userids: ReadonlySet<string>]
  keptBack: [copies: KeptBack]
  /** Everything is forgotten. */
  reset: []
}

export interface Stats {
  /** Calls of `message/send`, refused ones included. */
  calls: number
  /** Copies that phones showed. */
  recipients: number
  /** Calls of `gettoken`. */
  tokens: number
  /** Calls of `getuserid` and `get_userid_by_email`. */
  lookups: number
  /** Copies that the duplicate check kept back. */
  suppressed: number
  /** Copies that the rate of a member kept back. */
  dropped: number
}

// A message to a company of 100,000 would otherwise count as one, and 10,000 of them would not fit in memory.
const COPIES_PER_KEPT_MESSAGE = 100

/** The memory for one userid in a list of reached members. */
const NAME_BYTES = 8

const RUN_BYTES = 9

/** The record of what happened: the newest calls and messages, and counts of all. */
export class Ledger {
  readonly events = new EventEmitter<LedgerEvents>()
  /** Called with each message that is forgotten to make room. */
  onForgotten: (message: SentMessage) => void = () => {}
  readonly #messages = new Ring<SentMessage>()
  readonly #byMsgid = new Map<string, SentMessage>()
  readonly #calls = new Ring<CallRecord>()
  /** Calls whose body or answer is still there, oldest first. */
  readonly #wholeCalls = new Set<CallRecord>()
  readonly #keptBack = new Ring<KeptBack>()
  #run = randomId(RUN_BYTES)
  #bounds: LedgerBounds
  #copies = 0
  #messageBytes = 0
  #callBytes = 0
  #keptBackBytes = 0
  #turn = 0
  #messageSeq = 0
  #callSeq = 0
  #stats = noStats()

  constructor(bounds: LedgerBounds) {
    this.#bounds = bounds
    // Every open live page listens, so no number of listeners would mean a leak.
    this.events.setMaxListeners(0)
  }

  /** Changes with every reset: a reader that holds data of another run discards it. */
  get run(): string {
    return this.#run
  }

  /** The turn of the newest message that was meant for phones. */
  get turn(): number {
    return this.#turn
  }

  get stats(): Readonly<Stats> {
    return this.#stats
  }

  /**
   * Limits how many calls, messages and kept-back messages are remembered, each to these bounds, with 100 copies per
   * message on average.
   */
  keepOnly(bounds: LedgerBounds): void {
    this.#bounds = bounds
    this.#forgetOldMessages()
    this.#forgetOldCalls()
    this.#forgetOldKeptBack()
  }

  openCall(path: string, query: JsonObject, raw: Buffer, atMs: number): CallRecord {
    const call: CallRecord = {
      seq: ++this.#callSeq,
      atMs,
      path,
      query,
      raw,
      errcode: undefined,
      answer: undefined,
      shown: NO_USERIDS,
      suppressed: NO_USERIDS,
      dropped: NO_USERIDS,
      warnings: [],
      fault: undefined,
      bytes: 0,
      forgottenBytes: 0,
    }
    this.#calls.push(call)
    this.#hold(call, raw.length)
    this.#forgetOldCalls()
    return call
  }

  /** @param answer its `bytes` are those of the answer as sent */
  answerCall(call: CallRecord, answer: { errcode: number; told: JsonObject; bytes: number }): void {
    call.errcode = answer.errcode
    call.answer = answer.told
    this.#hold(call, answer.bytes + NAME_BYTES * (call.shown.length + call.suppressed.length + call.dropped.length))
    this.#forgetOldCalls()
  }

  count(name: keyof Stats, by = 1): void {
    this.#stats[name] += by
  }

  show(message: Omit<SentMessage, "turn" | "firstSeq" | "recalledAtMs" | "updates" | "bytes">): SentMessage {
    const place = { turn: ++this.#turn, firstSeq: this.#messageSeq + 1 }
    // The altered payload is a part of the sent message; it is counted as large as the whole.
    const bytes = message.raw.length * (message.altered === undefined ? 1 : 2) + NAME_BYTES * message.shownTo.length
    const sent: SentMessage = { ...message, ...place, recalledAtMs: undefined, updates: [], bytes }
    this.#messageSeq += sent.shownTo.length
    this.#copies += sent.shownTo.length
    this.#messageBytes += bytes
    this.#stats.recipients += sent.shownTo.length
    this.#messages.push(sent)
    this.#byMsgid.set(sent.msgid, sent)
    this.#forgetOldMessages()
    this.events.emit("shown", sent)
    return sent
  }

  keepBack(copies: Omit<KeptBack, "turn">): void {
    const keptBack = { ...copies, turn: ++this.#turn }
    this.#keptBack.push(keptBack)
    this.#keptBackBytes += sizeOf(keptBack)
    this.#forgetOldKeptBack()
    this.events.emit("keptBack", keptBack)
  }

  recall(message: SentMessage, atMs: number): void {
    message.recalledAtMs = atMs
    this.events.emit("recalled", message)
  }

  update(message: SentMessage, update: CardUpdate): void {
    message.updates.push(update)
    if (this.#byMsgid.get(message.msgid) === message) {
      const bytes = Buffer.byteLength(JSON.stringify(update.body)) + NAME_BYTES * update.userids.size
      message.bytes += bytes
      this.#messageBytes += bytes
      this.#forgetOldMessages()
    }
    this.events.emit("updated", message, update.userids)
  }

  message(msgid: string): SentMessage | undefined {
    return this.#byMsgid.get(msgid)
  }

  /** Oldest first. */
  messages(): SentMessage[] {
    return this.#messages.toArray()
  }

  messagesNewestFirst(): Generator<SentMessage, void, undefined> {
    return this.#messages.newestFirst()
  }

  keptBackNewestFirst(): Generator<KeptBack, void, undefined> {
    return this.#keptBack.newestFirst()
  }

  /** Oldest first. */
  calls(): CallRecord[] {
    return this.#calls.toArray()
  }

  /** Forgets everything except the numbering, so that a reader's `after` keeps its meaning. */
  reset(): void {
    this.#messages.clear()
    this.#byMsgid.clear()
    this.#calls.clear()
    this.#wholeCalls.clear()
    this.#keptBack.clear()
    this.#run = randomId(RUN_BYTES)
    this.#copies = 0
    this.#messageBytes = 0
    this.#callBytes = 0
    this.#keptBackBytes = 0
    this.#stats = noStats()
    this.events.emit("reset")
  }

  #forgetOldMessages(): void {
    const keep = this.#bounds.keep ?? Infinity
    const keepBytes = this.#bounds.keep_bytes ?? Infinity
    while (
      this.#messages.length > keep ||
      ((this.#copies > keep * COPIES_PER_KEPT_MESSAGE || this.#messageBytes > keepBytes) && this.#messages.length > 1)
    ) {
      const oldest = this.#messages.shift()
      if (oldest === undefined) return
      this.#copies -= oldest.shownTo.length
      this.#messageBytes -= oldest.bytes
      this.#byMsgid.delete(oldest.msgid)
      this.onForgotten(oldest)
    }
  }

  #forgetOldCalls(): void {
    const keep = this.#bounds.keep ?? Infinity
    const keepBytes = this.#bounds.keep_bytes ?? Infinity
    while (this.#calls.length > keep) this.#letGo(this.#calls.shift())
    for (const call of this.#wholeCalls) {
      if (this.#callBytes <= keepBytes) return
      call.forgottenBytes += call.bytes
      this.#letGo(call)
      call.raw = NOTHING
      call.answer = undefined
      call.shown = NO_USERIDS
      call.suppressed = NO_USERIDS
      call.dropped = NO_USERIDS
    }
  }

  /** Counts the bytes of a call, unless the call itself is forgotten by now. */
  #hold(call: CallRecord, bytes: number): void {
    if (bytes === 0 || call.seq <= this.#callSeq - this.#calls.length) return
    call.bytes += bytes
    this.#callBytes += bytes
    this.#wholeCalls.add(call)
  }

  #letGo(call: CallRecord | undefined): void {
    if (call === undefined || !this.#wholeCalls.delete(call)) return
    this.#callBytes -= call.bytes
    call.bytes = 0
  }

  #forgetOldKeptBack(): void {
    const keep = this.#bounds.keep ?? Infinity
    const keepBytes = this.#bounds.keep_bytes ?? Infinity
    while (this.#keptBack.length > keep || (this.#keptBackBytes > keepBytes && this.#keptBack.length > 1)) {
      const oldest = this.#keptBack.shift()
      if (oldest === undefined) return
      this.#keptBackBytes -= sizeOf(oldest)
    }
  }
}

function sizeOf({ raw, userids }: KeptBack): number {
  return raw.length + NAME_BYTES * userids.length
}

const NOTHING = Buffer.alloc(0)
const NO_USERIDS: readonly string[] = []

function noStats(): Stats {
  return { calls: 0, recipients: 0, tokens: 0, lookups: 0, suppressed: 0, dropped: 0 }
}
