import type { Clock } from "@wecom-push/sdk"
import { beijingDay, nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import type { MissBudget } from "../ports/misses.ts"

/** Leave to ask for one number that perhaps nobody has. */
export interface Leave {
  readonly day: string
}

/**
 * A corp's allowance of unknown numbers for the day. Each question takes one and an answer settles it, so that
 * questions under way together cannot overspend it.
 */
export class MissAllowance {
  readonly #clock: Clock
  readonly #misses: MissBudget
  readonly #corpId: string
  readonly #budget: () => Promise<number>
  #asking = 0
  #settled = 0
  /**
   * Those for whom nothing is left until others are answered, in their order. One at a time tries again: with one number
   * left and a thousand waiting, each answer would otherwise cost a thousand looks at the store.
   */
  readonly #waiting: (() => void)[] = []

  constructor(clock: Clock, misses: MissBudget, corpId: string, budget: () => Promise<number>) {
    this.#clock = clock
    this.#misses = misses
    this.#corpId = corpId
    this.#budget = budget
  }

  /** @returns when there is a new allowance, if that of today is spent */
  async take(): Promise<Leave | { readonly spentUntil: number }> {
    let hasWaited = this.#waiting.length > 0
    if (hasWaited) await this.#turnOf((resume) => this.#waiting.push(resume))
    try {
      for (;;) {
        const now = this.#clock.now()
        const day = beijingDay(now)
        const settledBefore = this.#settled
        if ((await this.#misses.take(this.#corpId, day, 1, await this.#budget())) === 1) {
          this.#asking++
          return { day }
        }
        // What others have taken may turn out to be hits.
        if (this.#settled !== settledBefore) continue
        if (this.#asking === 0) return { spentUntil: nextBeijingDayAt(now) }
        // Who has waited is still before all others.
        await this.#turnOf((resume) => (hasWaited ? this.#waiting.unshift(resume) : this.#waiting.push(resume)))
        hasWaited = true
      }
    } finally {
      // Whatever came of it may be so for the next one too.
      this.#resumeFirst()
    }
  }

  /** @param isMiss nobody has the number, so the allowance is one smaller for today */
  async settle({ day }: Leave, isMiss: boolean): Promise<void> {
    try {
      await this.#misses.settle(this.#corpId, day, { asked: 1, missed: isMiss ? 1 : 0 })
    } finally {
      this.#asking--
      this.#settled++
      this.#resumeFirst()
    }
  }

  #turnOf(join: (resume: () => void) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    join(resolve)
    return promise
  }

  #resumeFirst(): void {
    this.#waiting.shift()?.()
  }
}
