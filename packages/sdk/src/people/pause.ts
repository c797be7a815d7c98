import { isPause, nextPause, NO_PAUSE, pausedUntil } from "@wecom-push/protocol/delivery"
import type { Clock } from "../clock.ts"
import type { LookupPause, LookupStore } from "../lookup-store.ts"

/** Keeps the pauses of a corp for which WeCom has closed look-ups (45009). */
export class RateLimitPause {
  readonly #clock: Clock
  readonly #store: Pick<LookupStore, "getPause" | "setPause">
  readonly #key: string
  /** Saves reading the store for every question; a pause set by another process is seen at the next bulk look-up. */
  #last: LookupPause | undefined

  readonly #isMinuteOnly: boolean

  /** @param isMinuteOnly WeCom closes it for a minute each time, and never for longer */
  constructor(clock: Clock, store: Pick<LookupStore, "getPause" | "setPause">, key: string, isMinuteOnly = false) {
    this.#isMinuteOnly = isMinuteOnly
    this.#clock = clock
    this.#store = store
    this.#key = key
  }

  /** Reads the store. True during a pause and after it, until WeCom has answered again. */
  async isUnsure(): Promise<boolean> {
    this.#last = await this.#store.getPause(this.#key)
    return isPause(this.#last)
  }

  /** Undefined when WeCom may be asked. */
  pausedUntil(): number | undefined {
    return this.#last === undefined ? undefined : pausedUntil(this.#last, this.#clock.now())
  }

  /** Called when WeCom answered 45009. @returns until when WeCom is not asked */
  async close(): Promise<number> {
    const now = this.#clock.now()
    // Calls that were under way together all get 45009: they count as one breach.
    const running = this.pausedUntil()
    if (running !== undefined) return running
    this.#last = nextPause(this.#isMinuteOnly ? undefined : this.#last, now)
    await this.#store.setPause(this.#key, this.#last)
    return this.#last.until
  }

  /** Called when WeCom answers look-ups again. */
  async open(): Promise<void> {
    if (!isPause(this.#last) || this.pausedUntil() !== undefined) return
    this.#last = NO_PAUSE
    await this.#store.setPause(this.#key, NO_PAUSE)
  }
}
