import type { Clock } from "@wecom-push/sdk"
import type { PaceLimit, SharedPaces } from "../ports/shared-counts.ts"

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Lets callers through at a pace that all nodes keep together. All who wait ask at once. */
export class SharedPace {
  readonly #paces: SharedPaces
  readonly #clock: Clock
  readonly #corpId: string
  readonly #rules: readonly PaceLimit[]
  #waiting: Waiter[] = []
  #isAsking = false

  constructor(paces: SharedPaces, clock: Clock, corpId: string, rules: readonly PaceLimit[]) {
    this.#paces = paces
    this.#clock = clock
    this.#corpId = corpId
    this.#rules = rules
  }

  /** @throws {StorageError} */
  async take(): Promise<void> {
    if (this.#rules.length === 0) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ resolve, reject })
    if (!this.#isAsking) void this.#ask()
    await promise
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    try {
      while (this.#waiting.length > 0) {
        const { granted, againInMs } = await this.#paces.take(this.#corpId, this.#rules, this.#waiting.length)
        for (const { resolve } of this.#waiting.splice(0, granted)) resolve()
        if (againInMs > 0) await this.#clock.sleep(againInMs)
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    } finally {
      this.#isAsking = false
    }
  }
}
