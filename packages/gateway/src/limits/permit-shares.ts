import { clampTimerMs } from "@wecom-push/sdk/internals"
import { StorageError } from "../model/storage-error.ts"
import type { OperatorLog } from "../model/ports/log.ts"
import type { SharedPermits, PermitGrant } from "../model/ports/shared-counts.ts"

/** Uses permits of a pool that all nodes share. */
export interface PermitUser {
  readonly pool: string
  /** The limit of all nodes together. */
  readonly limit: number
  /** How many calls are under way here. */
  readonly busy: number
  /** The calls under way here and those that wait. */
  readonly demand: number
  /** Its share may have changed. */
  shareChanged(): void
}

/** Called with the pools in use, beside the shares. */
interface PoolWatch {
  /** Called about twice a second with the pools in use, and before the first permits of one are handed out. */
  look(pools: readonly string[]): Promise<void>
}

export interface PermitSharesDeps {
  readonly slots: SharedPermits
  readonly watch: PoolWatch
  readonly log: OperatorLog
  readonly stopping: AbortSignal
  /** Milliseconds, by a monotonic clock. */
  readonly now: () => number
}

/**
 * This node's shares of permits that all nodes share. It takes blocks when it can use them, gives them up to nodes that
 * are short, and gives them back when it has had no call under way for a while. An idle node asks nothing.
 */
export class PermitShares {
  readonly #deps: PermitSharesDeps
  /** The shares that hold permits or need some. */
  readonly #active = new Set<PermitShare>()
  #timer: NodeJS.Timeout | undefined
  #runsAt = Infinity
  #isRunning = false
  #lookedAt = -Infinity
  /** Set after an error of the store: a change of demand does not make the next question earlier. */
  #notBefore = -Infinity

  constructor(deps: PermitSharesDeps) {
    this.#deps = deps
  }

  /** The share of one user. */
  join(user: PermitUser): PermitShare {
    const share: PermitShare = new PermitShare(user, this.#deps.now, () => this.#changed(share))
    return share
  }

  #changed(share: PermitShare): void {
    this.#note(share)
    if (!share.isIdle) this.#schedule(share.dueAt())
  }

  #note(share: PermitShare): void {
    if (share.isIdle) this.#active.delete(share)
    else this.#active.add(share)
  }

  /** Runs when this share is due, or earlier. */
  #schedule(shareDueAt: number): void {
    const dueAt = Math.max(shareDueAt, this.#notBefore)
    if (this.#isRunning || this.#deps.stopping.aborted || dueAt >= this.#runsAt) return
    clearTimeout(this.#timer)
    const now = this.#deps.now()
    this.#runsAt = dueAt
    if (dueAt > now) {
      this.#timer = setTimeout(() => void this.#run(), clampTimerMs(dueAt - now)).unref()
      return
    }
    // Questions of the same turn of the event loop go together.
    this.#isRunning = true
    setImmediate(() => void this.#run())
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      await this.#exchange()
      this.#notBefore = -Infinity
    } catch (error) {
      if (this.#deps.stopping.aborted) return
      if (!(error instanceof StorageError)) throw error
      if (this.#notBefore === -Infinity)
        this.#deps.log.warn({ code: error.code }, "could not divide the concurrent calls among the nodes; trying again")
      this.#notBefore = this.#deps.now() + TICK_MS
    } finally {
      this.#isRunning = false
      this.#runsAt = Infinity
      this.#scheduleNext()
    }
  }

  async #exchange(): Promise<void> {
    const now = this.#deps.now()
    const due = [...this.#active].filter((share) => share.isDue(now))
    const pools = [...this.#active].map(({ pool }) => pool)
    const isFirst = due.some(({ held }) => held === 0)
    if (pools.length > 0 && (isFirst || now - this.#lookedAt >= LOOK_EVERY_MS)) {
      const [{ short }] = await Promise.all([this.#deps.slots.look(pools), this.#deps.watch.look(pools)])
      this.#lookedAt = now
      for (const share of this.#active) if (short.has(share.pool)) share.othersMayBeShort()
    }
    if (due.length === 0) return
    const asks = due.map((share) => share.ask())
    const askedAt = this.#deps.now()
    const grants = await this.#deps.slots.exchange(asks)
    for (const [index, share] of due.entries()) {
      const grant = grants[index]
      if (grant !== undefined) share.grant(grant, askedAt)
      this.#note(share)
    }
  }

  #scheduleNext(): void {
    if (this.#active.size === 0) return
    const latest = this.#deps.now() + TICK_MS
    this.#schedule(this.#active.values().reduce((earliest, share) => Math.min(earliest, share.dueAt()), latest))
  }
}

const TICK_MS = 500
const LOOK_EVERY_MS = 450

/** The permits of a pool that one user holds here. */
export class PermitShare {
  readonly #user: PermitUser
  readonly #now: () => number
  readonly #onChange: () => void
  #held = 0
  /** How many of the held permits may be used: the others are given back when they become free. */
  #cap = 0
  #othersAreShort = false
  /** The demand when it last asked. */
  #needed = 0
  #askedAt = -Infinity
  /** Until when other nodes assume that the permits held here are in use. */
  #validUntil = -Infinity
  /** Since when the user has had no call. */
  #restsSince: number | undefined

  constructor(user: PermitUser, now: () => number, onChange: () => void) {
    this.#user = user
    this.#now = now
    this.#onChange = onChange
  }

  get pool(): string {
    return this.#user.pool
  }

  get held(): number {
    return this.#held
  }

  /** How many may be under way here now. */
  get usable(): number {
    return this.#now() < this.#validUntil ? this.#cap : 0
  }

  get isIdle(): boolean {
    return this.#held === 0 && this.#user.demand === 0
  }

  /** Called by the user: a call waits, has begun or has ended. */
  demandChanged(): void {
    const now = this.#now()
    if (this.#user.demand > 0) this.#restsSince = undefined
    else this.#restsSince ??= now
    this.#onChange()
  }

  othersMayBeShort(): void {
    this.#othersAreShort = true
  }

  isDue(now: number): boolean {
    return this.dueAt() <= now
  }

  dueAt(): number {
    const { busy, demand } = this.#user
    if (demand > this.#held) return this.#askedAt + (this.#held < this.#needed ? ASK_AGAIN_MS : SOON_MS)
    if (this.#othersAreShort)
      return this.#askedAt + (busy <= this.#cap && this.#held > this.#cap ? SOON_MS : ASK_AGAIN_MS)
    if (demand === 0 && this.#restsSince !== undefined) return this.#restsSince + RESTS_MS
    return this.#askedAt + SPEAK_FOR_MS
  }

  ask(): { pool: string; limit: number; keep: number; need: number } {
    const { pool, limit, busy, demand } = this.#user
    const isResting = demand === 0 && (this.#othersAreShort || this.#now() >= (this.#restsSince ?? Infinity) + RESTS_MS)
    const keep = isResting ? 0 : this.#othersAreShort ? Math.max(busy, Math.min(this.#cap, demand)) : this.#held
    // While the question is under way no call begins beyond this number.
    this.#cap = Math.min(this.#cap, keep)
    this.#needed = Math.min(demand, limit)
    return { pool, limit, keep: Math.min(keep, this.#held), need: this.#needed }
  }

  grant({ held, share, othersAreShort }: PermitGrant, askedAt: number): void {
    this.#held = held
    this.#othersAreShort = othersAreShort
    this.#cap = othersAreShort ? Math.min(held, share) : held
    this.#askedAt = held === 0 && this.#user.demand === 0 ? -Infinity : askedAt
    this.#validUntil = askedAt + VALID_MS
    this.#user.shareChanged()
  }
}

/** How soon to ask again while other nodes are short. */
const ASK_AGAIN_MS = 100
const SOON_MS = 10
const RESTS_MS = 1000
const SPEAK_FOR_MS = 3000
/**
 * This time plus the longest request is less than the time after which other nodes take the permits of a silent node.
 */
const VALID_MS = 10_000
