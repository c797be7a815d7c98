import { RateLimitPause } from "@wecom-push/sdk/internals"
import type { LookupLimits } from "../model/app-limits.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { Semaphore } from "../model/semaphore.ts"
import type { LookupPermits } from "../model/ports/governor.ts"
import type { SharedPaces, SharedPauses } from "../model/ports/shared-counts.ts"
import { LOOKUPS_AT_ONCE, lookupRules } from "./lookup-rules.ts"
import { SharedPace } from "./shared-pace.ts"
import { SharedSemaphore } from "./shared-semaphore.ts"
import type { PermitShares } from "./permit-shares.ts"
import { takePlace } from "./take-place.ts"

export interface SharedLookupPermitsDeps {
  readonly corpId: string
  readonly pauseKey: string
  readonly limits: () => Promise<LookupLimits>
  readonly clock: JumpAwareClock
  readonly pauses: SharedPauses
  readonly paces: SharedPaces
  readonly shares: PermitShares
}

/** The look-ups of one node among several. */
export class SharedLookupPermits implements LookupPermits {
  readonly pauses: SharedPauses
  readonly #deps: SharedLookupPermitsDeps
  readonly #underWay: SharedSemaphore
  readonly #pace: SharedPace
  readonly #pause: RateLimitPause
  readonly #trying = new Semaphore()

  constructor(deps: SharedLookupPermitsDeps) {
    const { corpId, pauseKey, limits, clock, pauses, paces, shares } = deps
    this.#deps = deps
    this.pauses = pauses
    this.#underWay = new SharedSemaphore(shares, `lookups ${corpId}`, LOOKUPS_AT_ONCE)
    this.#pace = new SharedPace(paces, clock.steady, corpId, async () => lookupRules(await limits()))
    this.#pause = new RateLimitPause(clock, pauses, pauseKey)
  }

  take(): Promise<Disposable> {
    return takePlace(this.#underWay, () => this.#pace.take())
  }

  /** Waits first to be the only one on this node, then among all nodes. */
  async tryAlone(): Promise<AsyncDisposable> {
    await this.#trying.enter()
    try {
      const isAlone = await this.#becomeAlone()
      return {
        [Symbol.asyncDispose]: async () => {
          try {
            if (isAlone) await this.pauses.endProbe(this.#deps.pauseKey)
          } finally {
            this.#trying.leave()
          }
        },
      }
    } catch (error) {
      this.#trying.leave()
      throw error
    }
  }

  /** @returns false when the pause is over, or when a try is not due yet */
  async #becomeAlone(): Promise<boolean> {
    const { clock, pauseKey } = this.#deps
    while ((await this.#pause.isUnsure()) && this.#pause.pausedUntil() === undefined) {
      if (await this.pauses.mayProbe(pauseKey, PROBE_LASTS_MS)) return true
      await clock.sleep(LOOK_AGAIN_MS)
    }
    return false
  }
}

const LOOK_AGAIN_MS = 200
/** Longer than an attempt: another node may try after this time. */
const PROBE_LASTS_MS = 30_000
