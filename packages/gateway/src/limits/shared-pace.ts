import type { Clock } from "@wecom-push/sdk"
import type { AnsweredPlace, PaceLimit, PaceTaken, SharedPaces } from "../model/ports/shared-counts.ts"
import { ASK_AGAIN_MS } from "./lookup-rules.ts"

interface Waiter {
  /**
   * @param takenAt the time of all nodes
   * @param askedAt the same moment or an earlier one, by the clock of this node
   */
  readonly resolve: (taken: { readonly takenAt: number; readonly askedAt: number }) => void
  readonly reject: (error: unknown) => void
}

/** Lets callers through at a pace that all nodes keep together. All waiting callers ask with one question. */
export class SharedPace {
  readonly #paces: SharedPaces
  readonly #clock: Clock
  readonly #corpId: string
  readonly #rules: () => Promise<readonly PaceLimit[]>
  #waiting: Waiter[] = []
  /** Answers to report with the next question. */
  #answered: AnsweredPlace[] = []
  #isAsking = false

  /** @param clock a steady one */
  constructor(paces: SharedPaces, clock: Clock, corpId: string, rules: () => Promise<readonly PaceLimit[]>) {
    this.#paces = paces
    this.#clock = clock
    this.#corpId = corpId
    this.#rules = rules
  }

  /**
   * Dispose of it when WeCom has answered. The moment at which WeCom counted the call is not known more exactly; a
   * minute counted from the permission to ask would end too early.
   * @throws {StorageError}
   */
  async take(): Promise<Disposable> {
    const { promise, resolve, reject } = Promise.withResolvers<{ takenAt: number; askedAt: number }>()
    this.#waiting.push({ resolve, reject })
    if (!this.#isAsking) void this.#ask()
    const { takenAt, askedAt } = await promise
    return { [Symbol.dispose]: () => this.#noteAnswer(takenAt, takenAt + this.#clock.now() - askedAt) }
  }

  #noteAnswer(takenAt: number, answeredAt: number): void {
    if (Math.floor(takenAt / SHORTEST_SLOT_MS) === Math.floor(answeredAt / SHORTEST_SLOT_MS)) return
    this.#answered.push({ takenAt, answeredAt })
    if (!this.#isAsking) void this.#ask()
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    let answered: readonly AnsweredPlace[] = []
    try {
      while (this.#waiting.length > 0 || this.#answered.length > 0) {
        const rules = (await this.#rules()).filter(({ limit }) => limit !== Infinity)
        answered = this.#answered.splice(0)
        const askedAt = this.#clock.now()
        const { granted, againInMs, at: takenAt } = await this.#grant(rules, answered)
        answered = []
        for (const { resolve } of this.#waiting.splice(0, granted)) resolve({ takenAt, askedAt })
        if (againInMs > 0) await this.#clock.sleep(Math.min(againInMs, ASK_AGAIN_MS))
      }
    } catch (error) {
      this.#answered.unshift(...answered)
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    } finally {
      this.#isAsking = false
    }
  }

  #grant(rules: readonly PaceLimit[], answered: readonly AnsweredPlace[]): Promise<PaceTaken> {
    const wanted = this.#waiting.length
    if (rules.length === 0) return Promise.resolve({ granted: wanted, againInMs: 0, at: this.#clock.now() })
    return this.#paces.take(this.#corpId, rules, wanted, answered)
  }
}

/** The slot of a limit by the minute: a place counts until the same second a minute later. */
const SHORTEST_SLOT_MS = 1000
