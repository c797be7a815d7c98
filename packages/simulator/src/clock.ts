const BEIJING_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 24 * 3_600_000

/** The simulator's time: the machine's, ahead by what `/_sim/clock` was told. */
export class Clock {
  #aheadMs = 0

  nowMs(): number {
    return Date.now() + this.#aheadMs
  }

  advance(ms: number): void {
    this.#aheadMs += ms
  }

  reset(): void {
    this.#aheadMs = 0
  }

  /** How far it is ahead of the machine's clock. */
  get aheadMs(): number {
    return this.#aheadMs
  }
}

/** The number of the natural day in Beijing, where WeCom's day limits begin anew at midnight. */
export function beijingDay(nowMs: number): number {
  return Math.floor((nowMs + BEIJING_OFFSET_MS) / DAY_MS)
}
