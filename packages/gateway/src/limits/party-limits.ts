import { APP_CHAT } from "@wecom-push/protocol/delivery"
import type { TargetKind, TargetRate } from "@wecom-push/protocol/delivery"
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
import type { ChatPersonTimes, ChatPersonTimesOfCorps } from "./chat-person-times.ts"
import { DayQuota } from "./day-quota.ts"
import { MemberWindows } from "./member-windows.ts"

export interface PartyLimitsDeps {
  readonly clock: JumpAwareClock
  /** Where refusals are stored. */
  readonly lookups: Pick<LookupStore, "getPause" | "setPause">
  readonly personTimes: PersonTimes
  /** Undefined where no start needs to read earlier sends. */
  readonly busyMembers: BusyMembers | undefined
  readonly log: OperatorLog
  /** The calls of all apps. */
  readonly allCalls: AllCalls
  /** Counts that other nodes share; undefined where this process alone sends to WeCom. */
  readonly windowsOfAll?: (party: Party, limits: () => TargetLimits) => WindowsOfAll
  /** Needed where chats have windows of their own. */
  readonly chatPersonTimes?: Pick<ChatPersonTimesOfCorps, "of">
}

/** How many messages one target may get. */
type TargetLimits = Pick<AppLimits, "memberPerMinute" | "memberPerHour">

/** Windows of a party's targets: members, departments and tags, and beside them group chats. */
export interface PartyRates {
  readonly members: TargetRate | undefined
  /** True where chats have windows of their own. Otherwise chats count as members do, or cannot be named. */
  readonly countsChats: boolean
}

/**
 * WeCom counts by party, so all names of a party share these, even after a name is deleted or changed: members'
 * windows, the day's quota, the calls under way, and the refusal of more (45009). Other things belong to one name: a
 * pause belongs to the configuration it was seen with, which another name may not have; and each app finds out for
 * itself whether WeCom can be reached.
 */
export class PartyLimits implements SharedLimits {
  readonly clock: JumpAwareClock
  readonly windows: MemberWindows
  readonly windowsOfAll: WindowsOfAll | undefined
  readonly calls: PartyCalls
  /** The key under which its refusals are stored. */
  readonly pauseKey: string
  readonly #deps: PartyLimitsDeps
  readonly #party: Party
  readonly #pause: RateLimitPause
  #limits: AppLimits
  #quota: DayQuota | undefined
  #recovered: Promise<void> | undefined
  readonly #chats: SharedLimits | undefined
  readonly #chatPersonTimes: ChatPersonTimes | undefined

  /** @param rates the rates that the party's targets have */
  constructor(deps: PartyLimitsDeps, party: Party, limits: AppLimits, rates?: PartyRates) {
    this.#deps = deps
    this.#party = party
    this.#limits = limits
    this.clock = deps.clock
    this.windows = new MemberWindows(limits, this.#busyMarks())
    this.windowsOfAll = deps.windowsOfAll?.(party, () => this.#limits)
    this.calls = new PartyCalls(limits.concurrentCalls, deps.allCalls)
    this.pauseKey = `message/send ${partyKey(party)}`
    // All APIs that WeCom closes share one clock of pauses; this pause is the party's own.
    this.#pause = new RateLimitPause(deps.clock, deps.lookups, this.pauseKey, rates?.members?.closesForAMinute)
    this.#quota = this.#quotaOf(limits)
    if (rates?.countsChats !== true) return
    this.#chatPersonTimes = deps.chatPersonTimes?.of(party.corpId)
    this.#chats = this.#limitsOfChats(deps)
  }

  /** The limits that a call to targets of this kind is counted by. */
  of(kind: TargetKind): SharedLimits {
    return kind === "chat" ? (this.#chats ?? this) : this
  }

  /** The windows that an earlier call of this kind was counted in. */
  windowsOf(callKind: string | undefined): MemberWindows {
    return callKind === APP_CHAT.name ? this.of("chat").windows : this.windows
  }

  /** The message is finished: it no longer waits for room. */
  finished(message: string): void {
    this.windows.finished(message)
    this.#chats?.windows.finished(message)
    this.#chatPersonTimes?.finished(message)
  }

  /** The limits of group chats, which WeCom counts apart from the members of the same app and from its day's quota. */
  #limitsOfChats({ clock, windowsOfAll }: PartyLimitsDeps): SharedLimits {
    const party = { ...this.#party, kind: APP_CHAT.name }
    return {
      clock,
      // Chats have no hourly limit, so a start has to read no more than the last minute.
      windows: new MemberWindows(chatLimits(this.#limits)),
      windowsOfAll: windowsOfAll?.(party, () => chatLimits(this.#limits)),
      quota: undefined,
      chatPersonTimes: this.#chatPersonTimes,
    }
  }

  get quota(): DayQuota | undefined {
    return this.#quota
  }

  /** Applies new limits to the existing counts. */
  limit(limits: AppLimits): void {
    const before = this.#limits
    this.#limits = limits
    this.windows.limit(limits)
    this.#chats?.windows.limit(chatLimits(limits))
    this.#chatPersonTimes?.limitMayHaveChanged()
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
      // Not awaited: it is committed before anything that begins after it. After an error the next send reports the
      // member again.
      busyMembers.note({ party, member, count, at: clock.now() }).catch(() => marks.forget(member))
    })
    return marks
  }

  /** Reads once whether a refusal began before this process did. */
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

  /** WeCom refuses further calls (45009). @returns until when no call is made */
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

  /** The wall clock was set: the closing of the party keeps its length. */
  clockJumped(byMs: number): void {
    this.calls.closing.shift(byMs)
  }

  get isClosed(): boolean {
    return this.calls.closing.untilMs !== undefined
  }
}

function chatLimits({ chatPerMinute }: AppLimits): TargetLimits {
  return { memberPerMinute: chatPerMinute, memberPerHour: null }
}
