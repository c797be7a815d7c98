import { LookupThrottle, Pace } from "@wecom-push/sdk/internals"
import type { Clock, LookupStore } from "@wecom-push/sdk"
import type { PaceRule } from "@wecom-push/sdk/internals"
import { corpLimits } from "../domain/app-limits.ts"
import type { CorpLimits } from "../domain/app-limits.ts"
import { Semaphore } from "../domain/semaphore.ts"
import type { CorpSettingsStore } from "../ports/apps.ts"
import type { MissBudget } from "../ports/misses.ts"
import type { LookupSlots } from "./lookup-slots.ts"
import { MissAllowance } from "./miss-allowance.ts"

export interface CorpLookupsDeps {
  readonly clock: Clock & { readonly steady: Clock }
  readonly lookups: LookupStore
  readonly misses: MissBudget
  readonly corps: CorpSettingsStore
  /** Of all corps. */
  readonly lookupSlots: LookupSlots
}

/** What all apps of a corp share when they look people up: WeCom counts and closes by corp. */
export class CorpLookups {
  readonly gate: LookupThrottle
  readonly allowance: MissAllowance
  readonly #corpId: string
  readonly #pace: Pace
  readonly #slots: LookupSlots
  /** Few between the pace and the answer, or a slow WeCom would get in one minute what two were allowed. */
  readonly #underWay = new Semaphore(LOOKUPS_AT_ONCE)
  #scouting: Promise<void> = Promise.resolve()

  constructor(
    { clock, lookups, misses, corps, lookupSlots }: CorpLookupsDeps,
    corpId: string,
    pauseKey: string,
    limits: CorpLimits,
  ) {
    this.#corpId = corpId
    this.#slots = lookupSlots
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
    await this.#underWay.enter()
    try {
      await this.#pace.take(() => Infinity)
      using _slot = await this.#slots.take(this.#corpId)
      return await ask()
    } finally {
      this.#underWay.leave()
    }
  }
}

/** Of all corps: with answers of 200 ms, what WeCom lets one corp ask in a minute. */
export const LOOKUPS_AT_ONCE = 28

function paceRules({ lookupsPerMinute, lookupsPerHour }: CorpLimits): PaceRule[] {
  return [
    { limit: lookupsPerMinute ?? Infinity, windowMs: 60_000 },
    { limit: lookupsPerHour ?? Infinity, windowMs: 3_600_000 },
  ].filter(({ limit }) => limit !== Infinity)
}
