import { Pace } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { LookupLimits } from "../model/app-limits.ts"
import { Semaphore } from "../model/semaphore.ts"
import type { LookupPermits } from "../model/ports/governor.ts"
import { ASK_AGAIN_MS, LOOKUPS_AT_ONCE, lookupRules } from "./lookup-rules.ts"
import { takePlace } from "./take-place.ts"

/** For a process that alone sends to WeCom. */
export class LocalLookupPermits implements LookupPermits {
  readonly pauses: LookupPermits["pauses"]
  readonly #clock: Clock
  readonly #limits: () => Promise<LookupLimits>
  readonly #pace: Pace
  /** Look-ups that wait for the pace, in order; one checks it at a time. */
  readonly #line = new Semaphore()
  readonly #underWay = new Semaphore(LOOKUPS_AT_ONCE)
  readonly #trying = new Semaphore()

  constructor(pauses: LookupPermits["pauses"], clock: Clock, limits: () => Promise<LookupLimits>) {
    this.pauses = pauses
    this.#clock = clock
    this.#limits = limits
    this.#pace = new Pace(clock, [])
  }

  take(): Promise<Disposable> {
    return takePlace(this.#underWay, () => this.#paced())
  }

  async #paced(): Promise<Disposable> {
    using _first = await this.#line.take()
    for (;;) {
      this.#pace.change(lookupRules(await this.#limits()))
      if (await this.#pace.take(() => this.#clock.now() + ASK_AGAIN_MS)) {
        const takenAt = this.#clock.now()
        // The exact time at which WeCom counted it is not known.
        return { [Symbol.dispose]: () => this.#pace.answered(takenAt) }
      }
      await this.#clock.sleep(ASK_AGAIN_MS)
    }
  }

  async tryAlone(): Promise<AsyncDisposable> {
    await this.#trying.enter()
    return { [Symbol.asyncDispose]: () => Promise.resolve(this.#trying.leave()) }
  }
}
