import type { History } from "../history.ts"
import type { Random } from "../lib/random.ts"
import type { WireFault } from "../proxy/line.ts"

/** WeCom is slow and fast in turn, for seconds. While it is slow, some answers are 1 to 3 s late, within an attempt's time. */
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

  /** Answers everything at once until `goOn`, because no gateway is idle while answers are late. */
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
