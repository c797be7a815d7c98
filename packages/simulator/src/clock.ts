const BEIJING_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 24 * 3_600_000

/** The simulator's time: the machine's, ahead by the sum of what `/_sim/clock` got. */
export class Clock {
  readonly #sleepers = new Set<() => void>()
  #aheadMs = 0

  nowMs(): number {
    return Date.now() + this.#aheadMs
  }

  advance(ms: number): void {
    this.#aheadMs += ms
    for (const lookAgain of this.#sleepers) lookAgain()
  }

  reset(): void {
    this.#aheadMs = 0
  }

  /** How far it is ahead of the machine's clock. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  /** Resolves when that time is reached, by waiting or by `advance`, or when the signal aborts. */
  async sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    let timer: NodeJS.Timeout | undefined
    const lookAgain = (): void => {
      clearTimeout(timer)
      const leftMs = atMs - this.nowMs()
      if (leftMs <= 0 || signal.aborted) resolve()
      else timer = setTimeout(lookAgain, Math.min(leftMs, LONGEST_TIMER_MS))
    }
    this.#sleepers.add(lookAgain)
    signal.addEventListener("abort", lookAgain, { once: true })
    lookAgain()
    await promise
    this.#sleepers.delete(lookAgain)
    signal.removeEventListener("abort", lookAgain)
  }
}

/** The number of the natural day in Beijing, where WeCom's day limits begin anew at midnight. */
export function beijingDay(nowMs: number): number {
  return Math.floor((nowMs + BEIJING_OFFSET_MS) / DAY_MS)
}

/** A timer that is set for longer fires at once. 24.8 days. */
const LONGEST_TIMER_MS = 0x7fff_ffff
