import { LookupThrottle } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { CorpLimits } from "../model/app-limits.ts"
import { shareOf } from "../model/shares.ts"
import type { LookupTurns } from "../model/ports/governor.ts"
import type { MissBudget } from "../model/ports/misses.ts"
import type { LookupSlots } from "./lookup-slots.ts"
import { MissAllowance } from "./miss-allowance.ts"
import type { MissLimits } from "./miss-allowance.ts"

export interface CorpLookupsDeps {
  readonly clock: Clock
  readonly misses: MissBudget
  /** Of all corps, here. */
  readonly lookupSlots: LookupSlots
  /** Of the budget for misses, what one key or one app may have while more than half is taken. Default 100. */
  readonly missesSharePercent?: number
  readonly stopping: AbortSignal
}

/** What all apps of a corp share when they look people up: WeCom counts and closes by corp. */
export class CorpLookups {
  readonly gate: LookupThrottle
  readonly allowance: MissAllowance
  readonly #corpId: string
  readonly #slots: LookupSlots
  readonly #turns: LookupTurns

  constructor(
    deps: CorpLookupsDeps,
    corpId: string,
    pauseKey: string,
    { turns, limits }: { readonly turns: LookupTurns; readonly limits: () => Promise<CorpLimits> },
  ) {
    const { clock, lookupSlots, missesSharePercent: sharePercent = 100 } = deps
    this.#corpId = corpId
    this.#slots = lookupSlots
    this.#turns = turns
    this.gate = new LookupThrottle(clock, turns.pauses, pauseKey)
    const ofMisses = async (): Promise<MissLimits> => {
      const { lookupMissBudget: budget } = await limits()
      return { budget, share: shareOf({ limit: budget, sharePercent }) }
    }
    this.allowance = new MissAllowance({ ...deps, corpId, limits: ofMisses })
  }

  /** Asks in its turn, and after a pause one at a time until WeCom has answered again. */
  async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (!(await this.gate.isUnsure())) return this.#paced(ask)
    await using _alone = await this.#turns.tryAlone()
    return await this.#paced(ask)
  }

  async #paced<T>(ask: () => Promise<T>): Promise<T> {
    using _turn = await this.#turns.take()
    using _slot = await this.#slots.take(this.#corpId)
    return await ask()
  }
}
