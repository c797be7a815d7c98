import type { Clock } from "@wecom-push/sdk"
import { beijingDay, nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { partyOf } from "../model/party.ts"
import type { Party } from "../model/party.ts"
import { PERSON_TIMES_PER_ACCOUNT } from "../model/app-limits.ts"
import type { Priority } from "../model/message.ts"
import type { PersonTimes } from "../model/ports/person-times.ts"
import { StorageError } from "../model/storage-error.ts"
import type { CallTarget } from "../model/target.ts"
import type { OperatorLog } from "../model/ports/log.ts"

export interface DayQuotaDeps {
  readonly clock: Clock
  readonly personTimes: PersonTimes
  readonly log: OperatorLog
}

/**
 * Keeps a party inside its person-times of a day, so that WeCom does not close it until the next one. The members of a
 * department or tag are unknown: each department or tag counts as one, and for the rest WeCom answers 45009.
 */
export class DayQuota {
  readonly #deps: DayQuotaDeps
  readonly #party: Party
  readonly #accountCap: number
  /** Remembered so that messages cost no write while no quota is left. */
  #spent: { readonly day: string; readonly isReserveToo: boolean } | undefined

  constructor(deps: DayQuotaDeps, party: Party, accountCap: number) {
    this.#deps = deps
    this.#party = partyOf(party)
    this.#accountCap = accountCap
  }

  /** When the next quota begins; undefined while some of this one may be left. */
  spentUntil(priority: Priority): number | undefined {
    const now = this.#deps.clock.now()
    if (this.#spent?.day !== beijingDay(now)) return undefined
    return priority !== "high" || this.#spent.isReserveToo ? nextBeijingDayAt(now) : undefined
  }

  /** @returns how many of them, from the first, may be sent to today */
  async take(targets: readonly CallTarget[], priority: Priority): Promise<number> {
    if (targets.length === 0 || this.spentUntil(priority) !== undefined) return 0
    const { clock, personTimes, log } = this.#deps
    const at = clock.now()
    const day = beijingDay(at)
    const quota = this.#accountCap * PERSON_TIMES_PER_ACCOUNT
    const limit = priority === "high" ? quota : Math.floor(quota * (1 - RESERVED_SHARE))
    const wanted = this.#weigh(targets)
    const lowFrom = quota * LOW_SHARE
    const party = this.#party
    const { granted, news } = await personTimes.take({ party, day, wanted, limit, lowFrom, at })
    if (news === "low") log.warn({ ...party, day, quota }, "80 % of the person-times of the day are used")
    if (news === "spent") log.error({ ...party, day, quota }, "messages wait for the person-times of the next day")
    if (granted === wanted) return targets.length
    const [count, used] = this.#fitting(targets, granted)
    // A rest that is too small for the next target may be enough for another message.
    if (granted > used) await personTimes.giveBack(this.#party, day, granted - used)
    else this.#spent = { day, isReserveToo: priority === "high" }
    return count
  }

  /** Gives back what was taken for targets who were not sent to. Never fails: at worst too much counts as used. */
  async giveBack(targets: readonly CallTarget[], takenAt: number): Promise<void> {
    const { clock, personTimes, log } = this.#deps
    const day = beijingDay(takenAt)
    if (targets.length === 0 || day !== beijingDay(clock.now())) return
    try {
      await personTimes.giveBack(this.#party, day, this.#weigh(targets))
      this.#spent = undefined
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      log.warn({ ...this.#party, code: error.code }, "could not return unused person-times to the day quota")
    }
  }

  /** When a call is repeated on a later day than its targets were taken, they count for the later day. */
  async carryOver(targets: readonly CallTarget[], takenAt: number): Promise<void> {
    const { clock, personTimes } = this.#deps
    const at = clock.now()
    const day = beijingDay(at)
    if (day === beijingDay(takenAt)) return
    const wanted = this.#weigh(targets)
    await personTimes.take({ party: this.#party, day, wanted, limit: Infinity, lowFrom: Infinity, at })
  }

  #fitting(targets: readonly CallTarget[], room: number): [count: number, used: number] {
    let used = 0
    for (const [count, target] of targets.entries()) {
      const weight = this.#weigh([target])
      if (used + weight > room) return [count, used]
      used += weight
    }
    return [targets.length, used]
  }

  #weigh(targets: readonly CallTarget[]): number {
    // @all counts as all accounts that the corp may have.
    return targets.reduce((sum, { kind }) => sum + (kind === "all" ? this.#accountCap : 1), 0)
  }
}

const LOW_SHARE = 0.8
/** The share of the quota that only high priority may take. */
const RESERVED_SHARE = 0.05
