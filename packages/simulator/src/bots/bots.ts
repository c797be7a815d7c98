import type { MediaType } from "@wecom-push/protocol"
import type { SentMessage } from "../ledger.ts"
import type { Bot } from "../org/types.ts"
import type { JsonObject } from "../json.ts"

/** One long connection, as smart robots see it. */
export interface BotConnection {
  send(frame: JsonObject): void
  end(): void
}

/** An event that went to a program and may be answered by its `req_id`. */
export interface Awaited {
  readonly kind: "message" | "enter_chat" | "card"
  readonly bot: Bot
  /** Who gets the answer. */
  readonly chatid: string
  readonly userids: readonly string[]
  readonly atMs: number
  /** The card that was pressed. */
  readonly card?: SentMessage
  isAnswered: boolean
}

/** A text that arrives piece by piece. */
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

/** What smart robots remember: connections, who wrote to them, what may be answered, files that are still arriving. */
export class Bots {
  readonly awaited = new Map<string, Awaited>()
  readonly streams = new Map<string, BotStream>()
  readonly uploads = new Map<string, BotUpload>()
  readonly #connections = new Map<string, BotConnection>()
  readonly #opened = new Map<string, Set<string>>()
  readonly #served = new Map<string, Set<string>>()

  /** The connection that counts. */
  connection(botId: string): BotConnection | undefined {
    return this.#connections.get(botId)
  }

  /** @returns the one that it takes the place of */
  connect(botId: string, connection: BotConnection): BotConnection | undefined {
    const earlier = this.#connections.get(botId)
    this.#connections.set(botId, connection)
    return earlier === connection ? undefined : earlier
  }

  disconnect(botId: string, connection: BotConnection): void {
    if (this.#connections.get(botId) === connection) this.#connections.delete(botId)
  }

  /** A member has written to it. */
  open(botId: string, userid: string): void {
    setIn(this.#opened, botId).add(userid)
  }

  hasOpened(bot: Bot, userid: string): boolean {
    return bot.opened_by.includes(userid) || (this.#opened.get(bot.bot_id)?.has(userid) ?? false)
  }

  /** Userids of all who have written to it. */
  openedBy(bot: Bot): string[] {
    return [...new Set([...bot.opened_by, ...(this.#opened.get(bot.bot_id) ?? [])])]
  }

  /** Whether it may send into one more conversation, which counts from now on. */
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
