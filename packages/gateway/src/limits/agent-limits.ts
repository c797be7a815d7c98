import { LookupThrottle } from "@wecom-push/sdk/internals"
import type { LookupStore } from "@wecom-push/sdk"
import { agentKey } from "../domain/agent.ts"
import type { Agent } from "../domain/agent.ts"
import type { AppLimits } from "../domain/app-limits.ts"
import type { JumpAwareClock } from "../domain/jump-aware-clock.ts"
import type { BusyMembers } from "../ports/busy-members.ts"
import type { OperatorLog } from "../ports/log.ts"
import type { PersonTimes } from "../ports/person-times.ts"
import { AgentCalls } from "./agent-calls.ts"
import type { AllCalls } from "./all-calls.ts"
import type { SharedLimits } from "./call-reservation.ts"
import { BusyMarks } from "./busy-members.ts"
import { DayQuota } from "./day-quota.ts"
import { MemberWindows } from "./member-windows.ts"

export interface AgentLimitsDeps {
  readonly clock: JumpAwareClock
  readonly lookups: LookupStore
  readonly personTimes: PersonTimes
  readonly busyMembers: BusyMembers
  readonly log: OperatorLog
  /** What all apps may have under way. */
  readonly allCalls: AllCalls
}

/**
 * What WeCom counts by agent, and so one for all its names, whatever becomes of them: members' windows, the day's quota, the
 * calls under way, and the refusal of any more (45009). What is not here belongs to a name: a pause to the configuration it
 * was seen with, which may be another one under another name; and whether WeCom can be reached is seen by who asks it.
 */
export class AgentLimits implements SharedLimits {
  readonly clock: JumpAwareClock
  readonly windows: MemberWindows
  readonly calls: AgentCalls
  readonly #deps: AgentLimitsDeps
  readonly #agent: Agent
  readonly #throttle: LookupThrottle
  #accountCap: number | null = null
  #quota: DayQuota | undefined
  #recovered: Promise<void> | undefined

  constructor(deps: AgentLimitsDeps, agent: Agent, limits: AppLimits) {
    this.#deps = deps
    this.#agent = agent
    this.clock = deps.clock
    this.windows = new MemberWindows(limits, this.#busyMarks())
    this.calls = new AgentCalls(limits.concurrentCalls, deps.allCalls)
    // One clock of pauses for all APIs that WeCom closes; this one is the agent's own.
    this.#throttle = new LookupThrottle(deps.clock, deps.lookups, `message/send ${agentKey(agent)}`)
    this.limit(limits)
  }

  get quota(): DayQuota | undefined {
    return this.#quota
  }

  /** Other limits for what has been counted. */
  limit(limits: AppLimits): void {
    const { accountCap } = limits
    this.windows.limit(limits)
    this.calls.allow(limits.concurrentCalls)
    if (accountCap === this.#accountCap) return
    this.#accountCap = accountCap
    this.#quota = accountCap === null ? undefined : new DayQuota(this.#deps, this.#agent, accountCap)
  }

  #busyMarks(): BusyMarks {
    const { busyMembers, clock } = this.#deps
    const agent = this.#agent
    const marks = new BusyMarks(({ member, count }) => {
      // Not waited for: it is committed before what is begun behind it. One that fails is told of by the next send.
      busyMembers.note({ agent, member, count, at: clock.now() }).catch(() => marks.forget(member))
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
    await this.#throttle.isUnsure()
    const untilMs = this.#throttle.pausedUntil()
    if (untilMs !== undefined) this.#close(untilMs)
  }

  /** WeCom refuses further calls (45009). @returns until when nobody asks it */
  async close(): Promise<number> {
    const untilMs = await this.#throttle.close()
    this.#close(untilMs)
    return untilMs
  }

  #close(untilMs: number): void {
    this.calls.close(this.calls.closing, untilMs)
  }

  /** WeCom takes calls again. */
  async open(): Promise<void> {
    this.calls.closing.open()
    this.calls.letIn()
    await this.#throttle.open()
  }

  /** The wall clock was set: what closes the agent keeps its length. */
  clockJumped(byMs: number): void {
    this.calls.closing.shift(byMs)
  }

  get isClosed(): boolean {
    return this.calls.closing.untilMs !== undefined
  }
}
