import type { Clock } from "@wecom-push/sdk"
import { LimitsOfCorp } from "./limits-of-corp.ts"
import type { Asker } from "./member-windows.ts"
import type { ChatStore } from "../model/ports/chats.ts"
import type { CorpSettingsStore } from "../model/ports/apps.ts"

export interface ChatPersonTimesDeps {
  readonly chats: Pick<ChatStore, "get">
  readonly corps: Pick<CorpSettingsStore, "get">
  readonly clock: { now(): number; readonly steady: Pick<Clock, "now"> }
}

/** The last minute of a corp, counted by this process alone or by all nodes together. */
export interface PlacesOfMinute {
  /**
   * Takes all of the wanted places, or none.
   * @param wanted at most `limit`
   * @param ahead how many places must be left for those who came before
   * @throws {StorageError}
   */
  take(wanted: number, ahead: number, limit: number): Promise<PlacesHold | { readonly againInMs: number }>
}

/** Places that count as used until more is known. */
export interface PlacesHold {
  /**
   * Never fails: at worst they count from when they were taken.
   * @param agoMs how long ago they were used; undefined: they were not
   */
  end(agoMs: number | undefined): Promise<void>
}

/** A message that waits for room. */
interface InLine {
  readonly owner: string
  readonly rank: number
  readonly places: number
  /** The message asks again before this time, or has lost its place. */
  readonly untilMs: number
}

/**
 * Keeps a corp inside the person-times that its apps' messages into group chats may have in a minute: each message
 * counts as many as the chat has members. A waiting message keeps its place, so that small chats do not take the room
 * of a large one for ever.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export class ChatPersonTimes {
  readonly #deps: ChatPersonTimesDeps
  readonly #corpId: string
  readonly #places: PlacesOfMinute
  readonly #limits: LimitsOfCorp
  readonly #line = new Map<string, InLine>()

  constructor(deps: ChatPersonTimesDeps, corpId: string, places: PlacesOfMinute) {
    this.#deps = deps
    this.#corpId = corpId
    this.#places = places
    this.#limits = new LimitsOfCorp(deps.corps, deps.clock.steady, corpId)
  }

  /** @returns until when to wait instead, by the wall clock. @throws {StorageError} */
  async take(chatid: string, { owner, rank }: Asker): Promise<PlacesHold | { readonly untilMs: number }> {
    const { clock } = this.#deps
    const [{ chatPersonTimesPerMinute: limit }, members] = await Promise.all([
      this.#limits.get(),
      membersOf(this.#deps, this.#corpId, chatid),
    ])
    if (limit === null) return NOT_COUNTED
    const key = `${owner} ${chatid}`
    // A message to a chat that is larger than the limit goes out alone.
    const wanted = Math.min(members, limit)
    const taken = await this.#places.take(wanted, this.#ahead(key, rank), limit)
    if (!("againInMs" in taken)) {
      this.#line.delete(key)
      return taken
    }
    const untilMs = clock.now() + Math.min(taken.againInMs, MINUTE_MS)
    this.#line.set(key, { owner, rank, places: wanted, untilMs: untilMs + ON_ITS_WAY_MS })
    return { untilMs }
  }

  /** Reads the limit again for the next message. */
  limitMayHaveChanged(): void {
    this.#limits.forget()
  }

  /** The message no longer waits. */
  finished(message: string): void {
    for (const [key, { owner }] of this.#line) if (owner === message) this.#line.delete(key)
  }

  /** How many places the waiting messages ahead of this one need. */
  #ahead(key: string, rank: number): number {
    const now = this.#deps.clock.now()
    let ahead = 0
    let isBehind = false
    for (const [other, waiting] of this.#line) {
      if (other === key) isBehind = true
      else if (waiting.untilMs <= now) this.#line.delete(other)
      else if (waiting.rank < rank || (waiting.rank === rank && !isBehind)) ahead += waiting.places
    }
    return ahead
  }
}

/**
 * How many members the chat had when WeCom last described it. A chat that another program has made counts as one member
 * until it is looked at.
 * @throws {StorageError}
 */
export async function membersOf(
  { chats }: Pick<ChatPersonTimesDeps, "chats">,
  corpId: string,
  chatid: string,
): Promise<number> {
  return (await chats.get(corpId, chatid))?.members.length ?? 1
}

/** The person-times of all corps, each object made when it is first asked for. */
export class ChatPersonTimesOfCorps {
  readonly #deps: ChatPersonTimesDeps
  readonly #placesOf: (corpId: string) => PlacesOfMinute
  readonly #corps = new Map<string, ChatPersonTimes>()

  constructor(deps: ChatPersonTimesDeps, placesOf: (corpId: string) => PlacesOfMinute) {
    this.#deps = deps
    this.#placesOf = placesOf
  }

  of(corpId: string): ChatPersonTimes {
    const known = this.#corps.get(corpId)
    if (known !== undefined) return known
    const made = new ChatPersonTimes(this.#deps, corpId, this.#placesOf(corpId))
    this.#corps.set(corpId, made)
    return made
  }
}

const NOT_COUNTED: PlacesHold = { end: () => Promise.resolve() }

export const MINUTE_MS = 60_000
/** How much longer a place is kept, for a message that comes a little late. */
const ON_ITS_WAY_MS = 2000
