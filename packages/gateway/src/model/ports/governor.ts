import type { LookupStore } from "@wecom-push/sdk"
import type { DelayReason, HealthSignal } from "@wecom-push/protocol/delivery"
import type { CorpLimits } from "../app-limits.ts"
import type { Priority } from "../message.ts"
import type { Outage } from "../outage.ts"
import type { CallTarget } from "../target.ts"
import type { AppRecord } from "./apps.ts"

/**
 * Keeps an app inside WeCom's limits. A call is made in three steps, each of which ends by itself with the block that it
 * was declared in (`using`), whatever goes wrong: what it takes of members' windows and of the day's quota is reserved;
 * then it gets leave to be made (a permit), last, so that nobody holds one while files are uploaded; what WeCom answered is
 * reported. Times are of the wall clock in milliseconds since 1970 unless they are said to be steady.
 */
export interface Governor {
  /**
   * Empty: targets are added one by one until the call is full or nobody is left.
   * @param owner the message: where it waits for room, its turn is its own until it is `finished`
   */
  reserve(priority: Priority, owner: string): Reservation
  /**
   * For a call that goes out again as it is: to all of them or, while there is not room for each, to nobody. Counted at
   * once, or others would take the room meanwhile.
   */
  reserveAgain(targets: readonly CallTarget[], again: CallAgain): Promise<Reservation | Deferred>
  /** Until when nothing of this priority goes out because the day's quota is used up; undefined while some may be left. */
  quotaSpentUntilMs(priority: Priority): number | undefined

  /** Leave to make one call. Undefined when the app is closed, or is closed while waiting. */
  permit(priority: Priority): Permit | undefined | Promise<Permit | undefined>

  /**
   * Takes note of what an exchange with WeCom has told. Never fails: a pause that cannot be stored holds all the same.
   * @returns undefined when there is nothing to wait for
   */
  report(report: HealthReport): Promise<void> | undefined
  /** When WeCom may be asked again; undefined when it may be now. */
  closedUntilMs(): number | undefined
  /** When a call may try whether the app is open again, may be past; undefined when it is open. */
  readonly nextProbeAtMs: number | undefined
  /** Nothing that failed is tried before the app goes on. */
  readonly isUnreachable: boolean
  /** WeCom cannot be reached, it is time for a try, and `agent/get` is to make it, not a call of this message. */
  triesByAgentGet(message: string): boolean
  /** As it is told. */
  standing(): AppStanding
}

/** The governors of all apps, and what they share: WeCom counts by party, whose names several apps may be. */
export interface Governors {
  /** Resolves when they know enough of what went out before this process began. What failed may be asked for again. */
  ready(): Promise<void>
  /** The governor of an app as it is now: what was seen with an earlier configuration says nothing of this one. */
  open(app: AppRecord): Promise<Governor>
  /**
   * For one corp.
   * @param pauseKey under which it is written down that WeCom has closed its look-ups
   * @param limits as they are now
   */
  lookupPermits(corpId: string, pauseKey: string, limits: () => Promise<CorpLimits>): LookupPermits
  /** A message of the app is finished: it waits for no room any more. */
  finished(app: string, message: string): void
  /** The app is changed or removed. What has been counted stays. */
  forget(app: string): void
  /** The wall clock was set: what closes an app keeps its length. */
  clockJumped(byMs: number): void
}

/** When the look-ups of a corp go out. */
export interface LookupPermits {
  /** What closes them. */
  readonly pauses: Pick<LookupStore, "getPause" | "setPause">
  /** Waits for the pace, with few between that and the answer: a slow WeCom would get in one minute what two were allowed. */
  take(): Promise<Disposable>
  /** After a pause, until WeCom has answered again: waits until nobody else finds out whether it is over. */
  tryAlone(): Promise<AsyncDisposable>
}

/** What keeps all messages of an app from going out, beside a pause that is stored with it. */
export interface AppStanding {
  /** When the next call may go out, or try to; undefined when that is now. */
  readonly closedUntil: number | undefined
  /** Why only a try now and then goes out, as it is told; undefined when everything does. */
  readonly why: "app_paused" | "unreachable" | "app_rate" | undefined
  /** WeCom cannot be reached; times by the wall clock. */
  readonly outage: Outage | undefined
}

/** What a call holds of the limits. What is not settled when it is disposed of is given back. */
export interface Reservation extends AsyncDisposable {
  /** Counts a target in. @returns until when it has to wait instead, and why */
  add(key: string): Deferred | undefined
  /**
   * Takes what a call needs, before its bytes are frozen: `add` tells what this process knows, this has the last word. Of
   * the day's quota those get a share who stand first.
   */
  take(targets: readonly CallTarget[]): Promise<Taken>
  /** Those go into a call of their own, and what was reserved for them with them: they are not asked for again. */
  split(targets: readonly CallTarget[]): Reservation
  /** Before the first byte goes out. @returns false when what was taken may count no more: nothing may go out */
  renew(): boolean | Promise<boolean>
  /** The attempt has ended. @param atMs steady; undefined when it certainly reached nobody */
  ended(atMs: number | undefined): void
  /** The call is final, or may go out again as it is. @param unreached who certainly got nothing by it, and never will */
  settle(unreached: readonly CallTarget[]): Promise<void>
}

export interface CallAgain {
  /** Its message. */
  readonly owner: string
  /** When it took its share of a day's quota. */
  readonly firstTryAtMs: number
  /** It may have reached them by then: they have counted as reached since, and it reaches nobody twice. */
  readonly mayHaveArrived: boolean
  /** It waits for room that comes before this; where that comes later, it goes without. */
  readonly waitsUntilMs: number
}

export interface Deferred {
  readonly untilMs: number
  readonly reason: Extract<DelayReason, "member_rate" | "day_quota">
}

/** Of the targets of a call, each in one of the two, in their order. */
export interface Taken {
  /** Those who may go. */
  readonly going: readonly CallTarget[]
  readonly deferred: readonly DeferredTarget[]
}

export interface DeferredTarget extends Deferred {
  readonly target: CallTarget
}

/** Leave to make one call: to write down that it will be made, and then, in its turn, to send it. Ends when disposed of. */
export interface Permit extends Disposable {
  /** Waits for a socket. @returns false when the app was closed, or this disposed of, meanwhile: the call must not go out */
  startSending(): boolean | Promise<boolean>
  /** WeCom, or the network, took so long. */
  noteExchange(ms: number): void
}

/** What an exchange with WeCom has told about the app. */
export interface HealthReport {
  readonly health: HealthSignal
  /** Of the call that brought the news; none for look-ups and uploads. */
  readonly permit?: Permit
  /** Whose call it was. */
  readonly message?: string
  /** It was made to find out whether WeCom can be reached. */
  readonly isAgentGet?: boolean
  /** Steady: when the exchange began and ended. */
  readonly from: number
  readonly at: number
}
