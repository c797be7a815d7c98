import { StorageError } from "../../model/storage-error.ts"
import type { WindowHold } from "../../model/ports/shared-counts.ts"

/** Replaces one of the times of each of those members. */
export interface Move {
  readonly agent: number
  readonly members: readonly string[]
  readonly from: number
  /** Below 0 is in the future. Undefined: it is removed. */
  readonly agoMs: number | undefined
}

interface Mover {
  submit(move: Move): Promise<{ readonly at: number }>
}

export interface HeldMembers {
  /** Its number. */
  readonly agent: number
  readonly members: readonly string[]
  /** Members whose window is so full that the time at which they were reached matters. */
  readonly matters: ReadonlySet<string>
  /** When they were stored, by the database's clock. */
  readonly at: number
  /** A time of a monotonic clock, taken before the database was asked. */
  readonly askedAt: number
  /** The monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** Members who have been reached, and are stored as reached later. */
export interface LeftMembers {
  readonly agent: number
  readonly members: readonly string[]
  readonly from: number
  /** By the monotonic clock. */
  readonly endedAt: number
}

/** Members who count as reached at the latest end of a call that begins now. */
export class MemberHold implements WindowHold {
  /** How long after it was asked for. */
  static readonly LASTS_MS = 20_000
  onSplit: ((part: MemberHold) => void) | undefined
  onEnd: (() => void) | undefined
  /** Gets members for whom the time did not matter at that time; it may matter once a message waits for room. */
  onLeft: ((left: LeftMembers) => void) | undefined
  readonly #mover: Mover
  readonly #agent: number
  #members: readonly string[]
  readonly #matters: ReadonlySet<string>
  #heldUntil: number
  /** By the monotonic clock. */
  #askedAt: number
  readonly #now: () => number
  #renewing: Promise<boolean> | undefined
  #hasEnded = false

  constructor(mover: Mover, { agent, members, matters, at, askedAt, now }: HeldMembers) {
    this.#mover = mover
    this.#agent = agent
    this.#members = members
    this.#matters = matters
    this.#heldUntil = at + MemberHold.LASTS_MS
    this.#askedAt = askedAt
    this.#now = now
  }

  split(members: readonly string[]): WindowHold {
    const moved = new Set(members)
    const part = new MemberHold(this.#mover, {
      agent: this.#agent,
      members,
      matters: this.#matters,
      at: this.#heldUntil - MemberHold.LASTS_MS,
      askedAt: this.#askedAt,
      now: this.#now,
    })
    this.#members = this.#members.filter((member) => !moved.has(member))
    this.onSplit?.(part)
    return part
  }

  renew(): boolean | Promise<boolean> {
    return this.#ageMs <= MemberHold.LASTS_MS - LONGEST_REQUEST_MS || this.#renewed()
  }

  /** The call keeps waiting for its permit. */
  keep(): void {
    if (this.#ageMs > MemberHold.LASTS_MS / 2) void this.#renewed()
  }

  async end(agoMs: number | undefined): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.onEnd?.()
    const endedAt = this.#now() - (agoMs ?? 0)
    await this.#renewing
    // No message waits for the room of a call that did not go out.
    const members = agoMs === undefined ? this.#members : this.#members.filter((member) => this.#matters.has(member))
    if (members.length < this.#members.length) {
      const left = this.#members.filter((member) => !this.#matters.has(member))
      this.onLeft?.({ agent: this.#agent, members: left, from: this.#heldUntil, endedAt })
    }
    if (members.length === 0) return
    const ago = agoMs === undefined ? undefined : this.#now() - endedAt
    try {
      await this.#mover.submit({ agent: this.#agent, members, from: this.#heldUntil, agoMs: ago })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // It counts for longer than necessary.
    }
  }

  get #ageMs(): number {
    return this.#now() - this.#askedAt
  }

  /** Simultaneous callers share one renewal. */
  #renewed(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #renew(): Promise<boolean> {
    // Another call may have taken its place since.
    if (this.#hasEnded || this.#ageMs > MemberHold.LASTS_MS + SHORTEST_WINDOW_MS - SAFETY_MS) return false
    const askedAt = this.#now()
    const move = { agent: this.#agent, members: this.#members, from: this.#heldUntil, agoMs: -MemberHold.LASTS_MS }
    try {
      const { at } = await this.#mover.submit(move)
      this.#heldUntil = at + MemberHold.LASTS_MS
      this.#askedAt = askedAt
      return true
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return false
    }
  }
}

/** One request to WeCom, from its first byte to the end of the wait for its answer. */
const LONGEST_REQUEST_MS = 16_000
const SHORTEST_WINDOW_MS = 60_000
/** A statement takes this long at most, or fails. */
const SAFETY_MS = 15_000
