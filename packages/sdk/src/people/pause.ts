import type { Clock } from "../clock.ts"
import type { LookupPause, LookupStore } from "../lookup-store.ts"

/**
 * What to do when WeCom closes the look-ups of a corp (45009). The code does not tell which limit was broken, so each
 * pause that did not help is followed by a longer one, and calling on during a block helps nobody.
 * @see https://developer.work.weixin.qq.com/document/path/90312
 */
export class LookupGate {
  readonly #clock: Clock
  readonly #store: LookupStore
  readonly #key: string
  /** Spares a look into the store for every question; what another process closes is seen at the next bulk. */
  #last: LookupPause | undefined

  constructor(clock: Clock, store: LookupStore, key: string) {
    this.#clock = clock
    this.#store = store
    this.#key = key
  }

  /** Reads the store. True during a pause and after it, until WeCom has answered again. */
  async isUnsure(): Promise<boolean> {
    this.#last = await this.#store.getPause(this.#key)
    return this.#last !== undefined && this.#last.until !== NONE.until
  }

  /** Undefined when WeCom may be asked. */
  pausedUntil(): number | undefined {
    if (this.#last === undefined) return undefined
    const { until, step } = this.#last
    const leftMs = until - this.#clock.now()
    // More is left than it was long: the clock was set back since.
    return leftMs > 0 && leftMs <= longestMs(step) ? until : undefined
  }

  /** WeCom answered 45009. @returns until when nobody asks */
  async close(): Promise<number> {
    const now = this.#clock.now()
    // Calls that were under way together all come back with 45009: they are one breach, not several.
    const running = this.pausedUntil()
    if (running !== undefined) return running
    this.#last = nextPause(this.#last, now)
    await this.#store.setPause(this.#key, this.#last)
    return this.#last.until
  }

  /** WeCom answered something else. */
  async open(): Promise<void> {
    if (this.#last === undefined || this.#last.until === NONE.until || this.pausedUntil() !== undefined) return
    this.#last = NONE
    await this.#store.setPause(this.#key, NONE)
  }
}

/** A store cannot forget a pause, so one that ended well is written down as none. */
const NONE: LookupPause = { until: 0, step: 1 }

function nextPause(before: LookupPause | undefined, now: number): LookupPause {
  if (before === undefined || before.until === NONE.until) return { until: now + MINUTE_MS, step: 1 }
  if (before.step === 1) return { until: now + 60 * MINUTE_MS, step: 2 }
  return { until: nextDayInBeijing(now), step: 3 }
}

function longestMs(step: LookupPause["step"]): number {
  return step === 1 ? MINUTE_MS : step === 2 ? 60 * MINUTE_MS : DAY_MS
}

/** Beijing has had one offset and no daylight saving since 1992. */
function nextDayInBeijing(now: number): number {
  return (Math.floor((now + BEIJING_OFFSET_MS) / DAY_MS) + 1) * DAY_MS - BEIJING_OFFSET_MS
}

const MINUTE_MS = 60_000
const BEIJING_OFFSET_MS = 8 * 60 * MINUTE_MS
const DAY_MS = 24 * 60 * MINUTE_MS
