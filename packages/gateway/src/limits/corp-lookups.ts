import { LookupThrottle, Pace } from "@wecom-push/sdk/internals"
import type { Clock, LookupStore } from "@wecom-push/sdk"
import type { PaceRule } from "@wecom-push/sdk/internals"
import { corpLimits } from "../domain/app-limits.ts"
import type { CorpLimits } from "../domain/app-limits.ts"
import type { CorpSettingsStore } from "../ports/apps.ts"
import type { MissBudget } from "../ports/misses.ts"
import { MissAllowance } from "./miss-allowance.ts"

export interface CorpLookupsDeps {
  readonly clock: Clock & { readonly steady: Clock }
  readonly lookups: LookupStore
  readonly misses: MissBudget
  readonly corps: CorpSettingsStore
}

/** What all apps of a corp share when they look people up: WeCom counts and closes by corp. */
export class CorpLookups {
  readonly gate: LookupThrottle
  readonly allowance: MissAllowance
  readonly #pace: Pace
  #scouting: Promise<void> = Promise.resolve()

  constructor(
    { clock, lookups, misses, corps }: CorpLookupsDeps,
    corpId: string,
    pauseKey: string,
    limits: CorpLimits,
  ) {
    this.gate = new LookupThrottle(clock, lookups, pauseKey)
    this.#pace = new Pace(clock.steady, paceRules(limits))
    const budget = async (): Promise<number> => corpLimits(await corps.get(corpId)).lookupMissBudget
    this.allowance = new MissAllowance(clock, misses, corpId, budget)
  }

  /** Asks in its turn, and after a pause one at a time until WeCom has answered again. */
  async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (!(await this.gate.isUnsure())) return this.#paced(ask)
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#scouting
    this.#scouting = promise
    await before
    try {
      return await this.#paced(ask)
    } finally {
      resolve()
    }
  }

  async #paced<T>(ask: () => Promise<T>): Promise<T> {
    await this.#pace.take(() => Infinity)
    return ask()
  }
}

function paceRules({ lookupsPerMinute, lookupsPerHour }: CorpLimits): PaceRule[] {
  return [
    { limit: lookupsPerMinute ?? Infinity, windowMs: 60_000 },
    { limit: lookupsPerHour ?? Infinity, windowMs: 3_600_000 },
  ].filter(({ limit }) => limit !== Infinity)
}
