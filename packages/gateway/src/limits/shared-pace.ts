import type { Clock } from "@wecom-push/sdk"
import type { PaceLimit, PaceTaken, SharedPaces } from "../ports/shared-counts.ts"
import { ASK_AGAIN_MS } from "./lookup-rules.ts"

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Lets callers through at a pace that all nodes keep together. All who wait ask at once. */
export class SharedPace {
  readonly #paces: SharedPaces
  readonly #clock: Clock
  readonly #corpId: string
  readonly #rules: () => Promise<readonly PaceLimit[]>
  #waiting: Waiter[] = []
  #isAsking = false

  constructor(paces: SharedPaces, clock: Clock, corpId: string, rules: () => Promise<readonly PaceLimit[]>) {
    this.#paces = paces
    this.#clock = clock
    this.#corpId = corpId
    this.#rules = rules
  }

  /** @throws {StorageError} */
  async take(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ resolve, reject })
    if (!this.#isAsking) void this.#ask()
    await promise
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    try {
      while (this.#waiting.length > 0) {
        const rules = (await this.#rules()).filter(({ limit }) => limit !== Infinity)
        const { granted, againInMs } = await this.#grant(rules, this.#waiting.length)
        for (const { resolve } of this.#waiting.splice(0, granted)) resolve()
        if (againInMs > 0) await this.#clock.sleep(Math.min(againInMs, ASK_AGAIN_MS))
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    } finally {
      this.#isAsking = false
    }
  }

  #grant(rules: readonly PaceLimit[], wanted: number): Promise<PaceTaken> {
    if (rules.length === 0) return Promise.resolve({ granted: wanted, againInMs: 0 })
    return this.#paces.take(this.#corpId, rules, wanted)
  }
}
