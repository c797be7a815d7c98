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
   * All of so many, or none.
   * @param wanted at most `limit`
   * @param ahead as many must be left for those who came before
   * @throws {StorageError}
   */
  take(wanted: number, ahead: number, limit: number): Promise<PlacesHold | { readonly againInMs: number }>
}

/** Places that count as used until more is known. */
export interface PlacesHold {
  /** Never fails: at worst they count by when they were taken. @param agoMs when they were used; undefined: they were not */
  end(agoMs: number | undefined): Promise<void>
}

/** A message that waits for room. */
interface InLine {
  readonly owner: string
  readonly rank: number
  readonly places: number
  /** It comes again before this, or has lost its place. */
  readonly untilMs: number
}

/**
 * Keeps a corp inside the person-times that its apps' messages into group chats may have in a minute: each message counts as
 * many as the chat has members. Who waits keeps a place, so that small chats do not take the room of a large one for ever.
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
    // One that is larger than the limit goes out alone.
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

  /** The next message goes by the limit as it is then. */
  limitMayHaveChanged(): void {
    this.#limits.forget()
  }

  /** The message no longer waits. */
  finished(message: string): void {
    for (const [key, { owner }] of this.#line) if (owner === message) this.#line.delete(key)
  }

  /** What those who wait need before this one. */
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
 * How many there were when WeCom last told of the chat. One that another program has made counts as one until it is looked at.
 * @throws {StorageError}
 */
export async function membersOf(
  { chats }: Pick<ChatPersonTimesDeps, "chats">,
  corpId: string,
  chatid: string,
): Promise<number> {
  return (await chats.get(corpId, chatid))?.members.length ?? 1
}

/** Of all corps, each made when it is first asked for. */
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
/** For a message that comes a little late. */
const ON_ITS_WAY_MS = 2000
