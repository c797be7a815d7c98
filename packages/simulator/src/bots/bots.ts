import type { MediaType } from "@wecom-push/protocol"
import type { SentMessage } from "../ledger.ts"
import type { Bot } from "../org/types.ts"
import type { JsonObject } from "../json.ts"

/** One long connection, as smart robots use it. */
export interface BotConnection {
  send(frame: JsonObject): void
  end(): void
}

/** An event that was sent to a program, which may answer it by its `req_id`. */
export interface Awaited {
  readonly kind: "message" | "enter_chat" | "card"
  readonly bot: Bot
  /** The members who get the answer. */
  readonly chatid: string
  readonly userids: readonly string[]
  readonly atMs: number
  /** The card that was pressed. */
  readonly card?: SentMessage
  isAnswered: boolean
}

/** A text that arrives in pieces. */
export interface BotStream {
  readonly message: SentMessage
  readonly startedMs: number
  isFinished: boolean
}

/** A file that arrives in pieces. */
export interface BotUpload {
  readonly botId: string
  readonly type: MediaType
  readonly filename: string
  readonly sizeBytes: number
  readonly md5: string | undefined
  readonly chunks: (Buffer | undefined)[]
}

/** The state of smart robots: connections, who wrote to them, events that may be answered, files that are still arriving. */
export class Bots {
  readonly awaited = new Map<string, Awaited>()
  readonly streams = new Map<string, BotStream>()
  readonly uploads = new Map<string, BotUpload>()
  readonly #connections = new Map<string, BotConnection>()
  readonly #opened = new Map<string, Set<string>>()
  readonly #served = new Map<string, Set<string>>()

  /** The robot's present connection. */
  connection(botId: string): BotConnection | undefined {
    return this.#connections.get(botId)
  }

  /** @returns the connection that the new one replaces */
  connect(botId: string, connection: BotConnection): BotConnection | undefined {
    const earlier = this.#connections.get(botId)
    this.#connections.set(botId, connection)
    return earlier === connection ? undefined : earlier
  }

  disconnect(botId: string, connection: BotConnection): void {
    if (this.#connections.get(botId) === connection) this.#connections.delete(botId)
  }

  /** Notes that a member has written to the robot. */
  open(botId: string, userid: string): void {
    setIn(this.#opened, botId).add(userid)
  }

  hasOpened(bot: Bot, userid: string): boolean {
    return bot.opened_by.includes(userid) || (this.#opened.get(bot.bot_id)?.has(userid) ?? false)
  }

  /** The userids of all members who have written to it. */
  openedBy(bot: Bot): string[] {
    return [...new Set([...bot.opened_by, ...(this.#opened.get(bot.bot_id) ?? [])])]
  }

  /** Whether the robot may send into this conversation, which counts from now on. */
  serves(botId: string, chatid: string, most: number | null): boolean {
    const served = setIn(this.#served, botId)
    if (most !== null && !served.has(chatid) && served.size >= most) return false
    served.add(chatid)
    return true
  }

  reset(): void {
    for (const connection of this.#connections.values()) connection.end()
    this.#connections.clear()
    this.awaited.clear()
    this.streams.clear()
    this.uploads.clear()
    this.#opened.clear()
    this.#served.clear()
  }
}

function setIn(sets: Map<string, Set<string>>, key: string): Set<string> {
  let set = sets.get(key)
  if (set === undefined) sets.set(key, (set = new Set()))
  return set
}
