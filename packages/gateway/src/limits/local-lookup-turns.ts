import type { Pace } from "@wecom-push/sdk/internals"
import { Semaphore } from "../domain/semaphore.ts"
import type { LookupTurns } from "../ports/governor.ts"
import { LOOKUPS_AT_ONCE } from "./lookup-rules.ts"

/** Of one process that has WeCom for itself. */
export class LocalLookupTurns implements LookupTurns {
  readonly pauses: LookupTurns["pauses"]
  readonly #pace: Pace
  readonly #underWay = new Semaphore(LOOKUPS_AT_ONCE)
  #trying: Promise<void> = Promise.resolve()

  constructor(pauses: LookupTurns["pauses"], pace: Pace) {
    this.pauses = pauses
    this.#pace = pace
  }

  async take(): Promise<Disposable> {
    await this.#underWay.enter()
    try {
      await this.#pace.take(() => Infinity)
    } catch (error) {
      this.#underWay.leave()
      throw error
    }
    return { [Symbol.dispose]: () => this.#underWay.leave() }
  }

  async tryAlone(): Promise<AsyncDisposable> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#trying
    this.#trying = promise
    await before
    return { [Symbol.asyncDispose]: () => Promise.resolve(resolve()) }
  }
}
