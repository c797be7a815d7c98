import type { Semaphore } from "../model/semaphore.ts"
import { RateLimitPause } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { LookupLimits } from "../model/app-limits.ts"
import { shareOf } from "../model/shares.ts"
import type { LookupPermits } from "../model/ports/governor.ts"
import type { MissBudget } from "../model/ports/misses.ts"
import { MissAllowance } from "./miss-allowance.ts"
import type { MissLimits } from "./miss-allowance.ts"

export interface CorpLookupsDeps {
  readonly clock: Clock
  readonly misses: MissBudget
  /** Shared by all corps of this process. */
  readonly lookupPlaces: Semaphore
  /** The most that one key or one app may have of the budget for misses, once more than half is taken. Default 100. */
  readonly missesSharePercent?: number
  readonly stopping: AbortSignal
}

/** What all apps of a corp share when they look people up: WeCom counts and closes look-ups by corp. */
export class CorpLookups {
  readonly pause: RateLimitPause
  readonly allowance: MissAllowance
  readonly #corpId: string
  readonly #places: Semaphore
  readonly #permits: LookupPermits

  constructor(
    deps: CorpLookupsDeps,
    corpId: string,
    pauseKey: string,
    { permits, limits }: { readonly permits: LookupPermits; readonly limits: () => Promise<LookupLimits> },
  ) {
    const { clock, lookupPlaces, missesSharePercent: sharePercent = 100 } = deps
    this.#corpId = corpId
    this.#places = lookupPlaces
    this.#permits = permits
    this.pause = new RateLimitPause(clock, permits.pauses, pauseKey)
    const ofMisses = async (): Promise<MissLimits> => {
      const { lookupMissBudget: budget } = await limits()
      return { budget, share: shareOf({ limit: budget, sharePercent }) }
    }
    this.allowance = new MissAllowance({ ...deps, corpId, limits: ofMisses })
  }

  /** Asks when the pace allows. After a pause, asks one at a time until WeCom has answered. */
  async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (!(await this.pause.isUnsure())) return this.#paced(ask)
    await using _alone = await this.#permits.tryAlone()
    return await this.#paced(ask)
  }

  async #paced<T>(ask: () => Promise<T>): Promise<T> {
    using _permit = await this.#permits.take()
    using _place = await this.#places.take(this.#corpId)
    return await ask()
  }
}
