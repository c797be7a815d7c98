import type { Pace } from "@wecom-push/sdk/internals"
import { Semaphore } from "../domain/semaphore.ts"
import type { LookupTurns } from "../ports/governor.ts"
import { LOOKUPS_AT_ONCE } from "./lookup-rules.ts"
import { takePlace } from "./take-place.ts"

/** Of one process that has WeCom for itself. */
export class LocalLookupTurns implements LookupTurns {
  readonly pauses: LookupTurns["pauses"]
  readonly #pace: Pace
  readonly #underWay = new Semaphore(LOOKUPS_AT_ONCE)
  readonly #trying = new Semaphore()

  constructor(pauses: LookupTurns["pauses"], pace: Pace) {
    this.pauses = pauses
    this.#pace = pace
  }

  take(): Promise<Disposable> {
    return takePlace(this.#underWay, () => this.#pace.take(() => Infinity))
  }

  async tryAlone(): Promise<AsyncDisposable> {
    await this.#trying.enter()
    return { [Symbol.asyncDispose]: () => Promise.resolve(this.#trying.leave()) }
  }
}
