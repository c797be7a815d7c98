import type { AppLimits } from "../model/app-limits.ts"
import { KeyTable } from "../model/compact/key-table.ts"
import { roomAt, roomRules } from "../model/room.ts"
import type { RoomRule } from "../model/room.ts"
import type { BusyMarks } from "./busy-members.ts"
import { MemberQueues } from "./member-queues.ts"

/**
 * When a call reached WeCom, as far as it is known: `Infinity` while it is under way, `-Infinity` when it did not. All
 * members of the call share one object, so that its answer moves a thousand windows at once.
 */
export interface SendTime {
  at: number
}

/**
 * How much each member got from an app in the last hour. WeCom silently drops messages beyond 30 a minute or 1000 an
 * hour, so no window of either length may ever hold more.
 *
 * Windows live in two generations of an hour each: dropping the older one whole costs nothing, sweeping a million
 * members would block everything else.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export class MemberWindows {
  #rules: readonly RoomRule[] = []
  #current = new SendTimes()
  #previous = new SendTimes()
  #rotateAt: number | undefined
  readonly #turns = new MemberQueues()
  readonly #busy: BusyMarks | undefined
  #unread: UnreadHour | undefined

  /** @param busy gets members who may be near the limit of an hour */
  constructor(limits: MemberLimits, busy?: BusyMarks) {
    this.#busy = busy
    this.limit(limits)
  }

  /** Sets new limits for the same windows. */
  limit(limits: MemberLimits): void {
    this.#rules = roomRules(limits)
  }

  get isLimited(): boolean {
    return this.#rules.length > 0
  }

  /**
   * Called at the start. Until `wasRead`, only the last minute of the sends before this process began is known for
   * certain; for the rest of the hour only an upper bound is known.
   */
  isReading(hour: UnreadHour): void {
    this.#unread = hour
  }

  wasRead(): void {
    this.#unread = undefined
  }

  /**
   * Counts a send to a member where there is room.
   * @returns undefined when it may go now; else when there may be room for it
   */
  admit(key: string, send: SendTime, asker: Asker, now: number): number | undefined {
    if (!this.isLimited) return undefined
    this.#rotate(now)
    const sends = this.#current.get(key) ?? this.#previous.get(key)
    if (sends === undefined && this.#unread === undefined) {
      this.#current.set(key, send)
      return undefined
    }
    const recent = listOf(sends).filter(({ at }) => at > now - HOUR_MS)
    const heldAt = this.#turns.heldAt(asker.owner, key)
    // Messages that are due now, or were due so recently that they may still come.
    const called = this.#turns.count(key, asker.rank, now - ON_THEIR_WAY_MS, Math.min(heldAt ?? Infinity, now + 1))
    if (this.#freeAt(key, recent, called, now) !== undefined) return this.#giveTurn(key, recent, asker, now)
    if (heldAt !== undefined) this.#turns.end(asker.owner, key)
    recent.push(send)
    this.#current.set(key, recent.length === 1 ? send : recent)
    this.#noteBusy(key, recent, now)
    return undefined
  }

  /** Removes a send that was counted, while others of its call go out. */
  drop(key: string, send: SendTime): void {
    const sends = listOf(this.#current.get(key) ?? this.#previous.get(key))
    this.#current.set(
      key,
      sends.filter((one) => one !== send),
    )
  }

  /** Counts a send without asking whether there is room. */
  force(key: string, send: SendTime, now: number): void {
    if (!this.isLimited) return
    this.record(key, send)
    this.#noteBusy(key, listOf(this.#current.get(key)), now)
  }

  /** Counts a send that went out before this process began. */
  record(key: string, send: SendTime): void {
    if (!this.isLimited) return
    const current = this.#current.get(key)
    const sends = current ?? this.#previous.get(key)
    // A send that did not arrive no longer counts, so its entry is replaced: a list for each of a million in a call
    // that is repeated would take 200 MB.
    if (sends === undefined || (!Array.isArray(sends) && sends.at === -Infinity)) this.#current.set(key, send)
    else if (Array.isArray(current)) current.push(send)
    else this.#current.set(key, [...listOf(sends), send])
  }

  /** @returns when one more may be sent to all of them; undefined when it may be sent now */
  freeAt(keys: readonly string[], now: number): number | undefined {
    let latest: number | undefined
    for (const key of keys) {
      const sends = this.#current.get(key) ?? this.#previous.get(key)
      const freeAt = this.#freeAt(key, listOf(sends), 0, now)
      if (freeAt !== undefined) latest = Math.max(latest ?? freeAt, freeAt)
    }
    return latest
  }

  /** @returns when `ahead` others and then one more may be sent; undefined when they may be sent now */
  #freeAt(key: string, recent: readonly SendTime[], ahead: number, now: number): number | undefined {
    const unreadAt = this.#mayBeFull(key, recent, ahead) ? now + READ_AGAIN_MS : undefined
    const times = recent.map(({ at }) => at)
    const at = roomAt(this.#rules, times, ahead, now)
    return at === undefined || unreadAt === undefined ? (at ?? unreadAt) : Math.max(at, unreadAt)
  }

  /** The message is finished: it no longer waits for room. */
  finished(owner: string): void {
    this.#turns.endAll(owner)
  }

  /** A message that has asked before is behind only those that are due before it. */
  #giveTurn(key: string, recent: readonly SendTime[], { owner, rank }: Asker, now: number): number {
    const heldAt = this.#turns.heldAt(owner, key) ?? Infinity
    const ahead = this.#turns.count(key, rank, now - ON_THEIR_WAY_MS, heldAt)
    const at = this.#freeAt(key, recent, ahead, now) ?? now
    this.#turns.give(owner, key, { at, rank })
    return at
  }

  /** Whether the hour may be full; asked only while the last hour is being read. */
  #mayBeFull(key: string, recent: readonly SendTime[], ahead: number): boolean {
    if (this.#unread === undefined) return false
    const most = this.#mostInHour(key, recent, this.#unread) + ahead
    return this.#rules.some(({ limit, windowMs }) => windowMs === HOUR_MS && most >= limit)
  }

  /** The most that a member may have got in the hour: before this process began, and since. */
  #mostInHour(key: string, recent: readonly SendTime[], { since, mostOf }: UnreadHour): number {
    return mostOf(key) + recent.filter(({ at }) => at > since).length
  }

  #noteBusy(key: string, recent: readonly SendTime[], now: number): void {
    const count = this.#unread === undefined ? recent.length : this.#mostInHour(key, recent, this.#unread)
    this.#busy?.note(key, count, now)
  }

  #rotate(now: number): void {
    this.#rotateAt ??= now + HOUR_MS
    if (now < this.#rotateAt) return
    this.#busy?.sweep(now)
    this.#previous = this.#current
    this.#current = new SendTimes()
    this.#rotateAt = now + HOUR_MS
    this.#turns.forgetBefore(now - HOUR_MS)
  }
}

/** Send times of a million members, most of whom got one call that a thousand others got too. */
class SendTimes {
  readonly #places = new KeyTable()
  /** A time that all members of a call share, or the list of one member. */
  readonly #times: (SendTime | SendTime[])[] = []

  get(key: string): SendTime | SendTime[] | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#times[place]
  }

  set(key: string, sends: SendTime | SendTime[]): void {
    const place = this.#places.get(key)
    if (place !== undefined && Array.isArray(this.#times[place])) this.#times[place] = sends
    else this.#places.set(key, this.#placeFor(sends))
  }

  #placeFor(sends: SendTime | SendTime[]): number {
    const last = this.#times.length - 1
    if (this.#times[last] === sends) return last
    this.#times.push(sends)
    return last + 1
  }
}

function listOf(sends: SendTime | SendTime[] | undefined): SendTime[] {
  if (sends === undefined) return []
  return Array.isArray(sends) ? sends : [sends]
}

export interface UnreadHour {
  /** When this process began. */
  readonly since: number
  /** The most that a member can have got in the hour before that. */
  readonly mostOf: (key: string) => number
}

type MemberLimits = Pick<AppLimits, "memberPerMinute" | "memberPerHour">

/** The message that asks for room. */
export interface Asker {
  /** The message. */
  readonly owner: string
  /** The rank of its priority: waiting messages with a lower or equal rank go first. */
  readonly rank: number
}

/** How long a due place is kept for a message that has not asked yet. */
const ON_THEIR_WAY_MS = 2000
/** Reading a million sends takes some seconds. */
const READ_AGAIN_MS = 1000
const HOUR_MS = 3_600_000
