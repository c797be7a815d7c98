import type { History } from "../history.ts"
import type { Random } from "../lib/random.ts"
import type { WireFault } from "../proxy/line.ts"

/** WeCom is slow for some seconds and quick for some: then some answers come a second to three late, within an attempt's time. */
export class SlowAnswers {
  readonly #random: Random
  readonly #history: History
  #isSlow = false
  #isOff = false
  #turnsAt = 0

  constructor(random: Random, history: History) {
    this.#random = random
    this.#history = history
  }

  /** Everything is answered at once, until `goOn`: while answers are late no gateway is idle. */
  pause(): void {
    this.#isOff = true
  }

  goOn(): void {
    this.#isOff = false
  }

  faultOf(path: string, exchange: string): WireFault | undefined {
    const now = performance.now()
    if (now >= this.#turnsAt) {
      this.#isSlow = !this.#isSlow
      this.#turnsAt = now + this.#random.integer(2000, 6000)
    }
    if (this.#isOff || !this.#isSlow || !this.#random.chance(SLOW)) return undefined
    const ms = this.#random.integer(1000, 3000)
    this.#history.add({ kind: "slow", path, exchange, ms })
    return { kind: "delay_reply", ms }
  }
}

const SLOW = 0.3
