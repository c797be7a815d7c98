import { RateLimitPause } from "@wecom-push/sdk/internals"
import type { LookupStore } from "@wecom-push/sdk"
import { partyKey } from "../model/party.ts"
import type { Party } from "../model/party.ts"
import type { AppLimits } from "../model/app-limits.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { BusyMembers } from "../model/ports/busy-members.ts"
import type { OperatorLog } from "../model/ports/log.ts"
import type { PersonTimes } from "../model/ports/person-times.ts"
import { PartyCalls } from "./party-calls.ts"
import type { AllCalls } from "./all-calls.ts"
import type { SharedLimits, WindowsOfAll } from "./call-reservation.ts"
import { BusyMarks } from "./busy-members.ts"
import { DayQuota } from "./day-quota.ts"
import { MemberWindows } from "./member-windows.ts"

export interface PartyLimitsDeps {
  readonly clock: JumpAwareClock
  /** Where refusals are written down. */
  readonly lookups: Pick<LookupStore, "getPause" | "setPause">
  readonly personTimes: PersonTimes
  /** Undefined where no start has to find out what went out before it. */
  readonly busyMembers: BusyMembers | undefined
  readonly log: OperatorLog
  /** What all apps may have under way. */
  readonly allCalls: AllCalls
  /** What other nodes see too; undefined where this process has WeCom for itself. */
  readonly windowsOfAll?: (party: Party, limits: () => AppLimits) => WindowsOfAll
}

/**
 * What WeCom counts by party, and so one for all its names, whatever becomes of them: members' windows, the day's quota, the
 * calls under way, and the refusal of any more (45009). What is not here belongs to a name: a pause to the configuration it
 * was seen with, which may be another one under another name; and whether WeCom can be reached is seen by who asks it.
 */
export class PartyLimits implements SharedLimits {
  readonly clock: JumpAwareClock
  readonly windows: MemberWindows
  readonly windowsOfAll: WindowsOfAll | undefined
  readonly calls: PartyCalls
  /** Under which its refusals are written down. */
  readonly pauseKey: string
  readonly #deps: PartyLimitsDeps
  readonly #party: Party
  readonly #pause: RateLimitPause
  #limits: AppLimits
  #quota: DayQuota | undefined
  #recovered: Promise<void> | undefined

  constructor(deps: PartyLimitsDeps, party: Party, limits: AppLimits) {
    this.#deps = deps
    this.#party = party
    this.#limits = limits
    this.clock = deps.clock
    this.windows = new MemberWindows(limits, this.#busyMarks())
    this.windowsOfAll = deps.windowsOfAll?.(party, () => this.#limits)
    this.calls = new PartyCalls(limits.concurrentCalls, deps.allCalls)
    this.pauseKey = `message/send ${partyKey(party)}`
    // One clock of pauses for all APIs that WeCom closes; this one is the party's own.
    this.#pause = new RateLimitPause(deps.clock, deps.lookups, this.pauseKey)
    this.#quota = this.#quotaOf(limits)
  }

  get quota(): DayQuota | undefined {
    return this.#quota
  }

  /** Other limits for what has been counted. */
  limit(limits: AppLimits): void {
    const before = this.#limits
    this.#limits = limits
    this.windows.limit(limits)
    this.calls.allow(limits.concurrentCalls)
    if (limits.accountCap !== before.accountCap) this.#quota = this.#quotaOf(limits)
  }

  #quotaOf({ accountCap }: AppLimits): DayQuota | undefined {
    return accountCap === null ? undefined : new DayQuota(this.#deps, this.#party, accountCap)
  }

  #busyMarks(): BusyMarks | undefined {
    const { busyMembers, clock } = this.#deps
    if (busyMembers === undefined) return undefined
    const party = this.#party
    const marks = new BusyMarks(({ member, count }) => {
      // Not waited for: it is committed before what is begun behind it. One that fails is told of by the next send.
      busyMembers.note({ party, member, count, at: clock.now() }).catch(() => marks.forget(member))
    })
    return marks
  }

  /** Learns once of a refusal that began before this process did. */
  async recover(): Promise<void> {
    this.#recovered ??= this.#readRefusal()
    try {
      await this.#recovered
    } catch (error) {
      this.#recovered = undefined
      throw error
    }
  }

  async #readRefusal(): Promise<void> {
    await this.#pause.isUnsure()
    const untilMs = this.#pause.pausedUntil()
    if (untilMs !== undefined) this.#close(untilMs)
  }

  /** Another node has met a refusal, or the end of one. @returns true when the party was closed, and is open now */
  async learn(): Promise<boolean> {
    const isClosed = await this.#pause.isUnsure()
    const untilMs = this.#pause.pausedUntil()
    if (untilMs !== undefined) this.#close(untilMs)
    if (isClosed || !this.isClosed) return false
    this.calls.closing.open()
    return true
  }

  /** WeCom refuses further calls (45009). @returns until when nobody asks it */
  async close(): Promise<number> {
    const untilMs = await this.#pause.close()
    this.#close(untilMs)
    return untilMs
  }

  #close(untilMs: number): void {
    this.calls.close(this.calls.closing, untilMs)
  }

  /** WeCom takes calls again. */
  async open(): Promise<void> {
    this.calls.closing.open()
    await this.#pause.open()
  }

  /** The wall clock was set: what closes the party keeps its length. */
  clockJumped(byMs: number): void {
    this.calls.closing.shift(byMs)
  }

  get isClosed(): boolean {
    return this.calls.closing.untilMs !== undefined
  }
}
