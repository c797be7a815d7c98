import type { LookupStore } from "@wecom-push/sdk"
import type { DelayReason, HealthSignal, TargetKind } from "@wecom-push/protocol/delivery"
import type { LookupLimits } from "../app-limits.ts"
import type { Priority } from "../message.ts"
import type { Outage } from "../outage.ts"
import type { CallTarget } from "../target.ts"
import type { AppRecord } from "./apps.ts"

/**
 * Keeps an app inside WeCom's limits. A call is made in three steps, each of which ends by itself with the block that
 * it was declared in (`using`), whatever goes wrong: it reserves its part of members' windows and of the day's quota;
 * then it gets a permit, last, so that no call holds one while files are uploaded; then WeCom's answer is reported.
 * Times are of the wall clock in milliseconds since 1970 unless they are said to be steady.
 */
export interface Governor {
  /**
   * Begins an empty reservation: targets are added one by one until the call is full or none is left.
   * @param owner the message: where it waits for room, it keeps its place until it is `finished`
   * @param kind of its targets: chats are counted by themselves, all others as members are
   */
  reserve(priority: Priority, owner: string, kind?: TargetKind): Reservation
  /**
   * Reserves for a call that is repeated unchanged: for all its targets or, without room for each, for none. They are
   * counted at once, or other calls would take the room meanwhile.
   */
  reserveAgain(targets: readonly CallTarget[], again: CallAgain): Promise<Reservation | Deferred>

  /**
   * Permission to make one call. Undefined when the app is closed, or becomes closed while the call waits.
   * @param isOfBacklog the app has much to send: its calls let some of apps that have just begun to wait go first
   */
  permit(priority: Priority, isOfBacklog?: boolean): Permit | undefined | Promise<Permit | undefined>

  /**
   * Records the health that an exchange with WeCom shows. Never fails: a pause that cannot be stored is in force all
   * the same.
   * @returns undefined when there is nothing to wait for
   */
  report(report: HealthReport): Promise<void> | undefined
  /** When WeCom may be asked again; undefined when it may be asked now. */
  closedUntilMs(): number | undefined
  /** When a call may try whether the app is open again; it may be past. Undefined when the app is open. */
  readonly nextProbeAtMs: number | undefined
  /** No failed call is repeated while this is true. */
  readonly isUnreachable: boolean
  /** WeCom cannot be reached, a try is due, and `agent/get` has to make the try, not a call of this message. */
  triesByAgentGet(message: string): boolean
  /** For the API and the metrics. */
  standing(): AppStanding
}

/** The governors of all apps, and what they share: WeCom counts by party, and several apps may be names of one. */
export interface Governors {
  /** Resolves when they know enough of the sends before this process began. Call it again after an error. */
  ready(): Promise<void>
  /** The governor of an app with its present configuration: what was seen with an earlier one no longer counts. */
  open(app: AppRecord): Promise<Governor>
  /**
   * The look-up permits of one corp.
   * @param pauseKey the key of the stored pause, when WeCom has closed its look-ups
   * @param limits as last stored
   */
  lookupPermits(corpId: string, pauseKey: string, limits: () => Promise<LookupLimits>): LookupPermits
  /**
   * The pace of one API for one corp.
   * @param name of the pace, the same on all nodes
   * @param limits as they are now
   */
  callPace(name: string, limits: () => Promise<LookupLimits>): CallPace
  /** A message of the app is finished: it no longer waits for room. */
  finished(app: string, message: string): void
  /** The app is changed or removed. The counts stay. */
  forget(app: string): void
  /** The wall clock was set: a closing of an app keeps its length. */
  clockJumped(byMs: number): void
}

/** Decides when calls of one API go out. */
export interface CallPace {
  /** Waits for its place, and is disposed of when WeCom has answered. @throws {StorageError} */
  take(): Promise<Disposable>
}

/** Decides when the look-ups of a corp go out. */
export interface LookupPermits {
  /** The pauses that close them. */
  readonly pauses: Pick<LookupStore, "getPause" | "setPause">
  /**
   * Waits until the pace allows a look-up. Few look-ups may be between this moment and WeCom's answer: otherwise a slow
   * WeCom would count in one minute the look-ups that were allowed for two.
   */
  take(): Promise<Disposable>
  /**
   * Used after a pause, until WeCom has answered again: waits while another look-up tries whether the pause is over.
   */
  tryAlone(): Promise<AsyncDisposable>
}

/** Why no message of an app goes out, apart from a pause that is stored with it. */
export interface AppStanding {
  /** When the next call may go out, or try to; undefined when that is now. */
  readonly closedUntil: number | undefined
  /** Why only an occasional try goes out; undefined when all calls go out. */
  readonly why: "app_paused" | "unreachable" | "app_rate" | undefined
  /** WeCom cannot be reached; times by the wall clock. */
  readonly outage: Outage | undefined
}

/** The part of the limits that a call has taken. An unsettled part is given back when it is disposed of. */
export interface Reservation extends AsyncDisposable {
  /**
   * Counts a target in, unless the day's quota is known to be used up.
   * @returns until when it has to wait instead, and why
   */
  add(key: string): Deferred | undefined
  /**
   * Takes what a call needs, before its bytes are frozen. `add` knows only the counts of this process; this method
   * decides. The day's quota goes to the first targets.
   */
  take(targets: readonly CallTarget[]): Promise<Taken>
  /** Moves targets, with their reservation, to a call of their own: they need no further question. */
  split(targets: readonly CallTarget[]): Reservation
  /**
   * Called before the first byte goes out.
   * @returns false when the reservation may no longer count: the call must not go out
   */
  renew(): boolean | Promise<boolean>
  /** The attempt has ended. @param atMs steady; undefined when it certainly reached no recipient */
  ended(atMs: number | undefined): void
  /**
   * The call is final, or may be repeated unchanged. @param unreached targets who certainly got nothing by it, and
   * never will
   */
  settle(unreached: readonly CallTarget[]): Promise<void>
}

export interface CallAgain {
  /** Its message. */
  readonly owner: string
  /** When it took its share of a day's quota. */
  readonly firstTryAtMs: number
  /**
   * The call may have reached its targets at that time: they have counted as reached since then, and a repeat reaches
   * no recipient twice.
   */
  readonly mayHaveArrived: boolean
  /** The call waits for room that comes before this time; when room comes later, it goes out without. */
  readonly waitsUntilMs: number
}

export interface Deferred {
  readonly untilMs: number
  readonly reason: Extract<DelayReason, "member_rate" | "target_rate" | "day_quota">
}

/** The targets of a call, each either in `going` or in `deferred`, in order. */
export interface Taken {
  /** The targets that the call may go out to. */
  readonly going: readonly CallTarget[]
  readonly deferred: readonly DeferredTarget[]
}

export interface DeferredTarget extends Deferred {
  readonly target: CallTarget
}

/**
 * Permission to make one call: to store that it will be made, and then to wait for a socket and send it. Ends when
 * disposed of.
 */
export interface Permit extends Disposable {
  /**
   * Waits for a socket.
   * @returns false when the app was closed, or this permit disposed of, meanwhile: the call must not go out
   */
  startSending(): boolean | Promise<boolean>
  /** Records how long WeCom, or the network, took. */
  noteExchange(ms: number): void
}

/** What an exchange with WeCom shows about the app. */
export interface HealthReport {
  readonly health: HealthSignal
  /** The call of the exchange; none for look-ups and uploads. */
  readonly permit?: Permit
  /** The message whose call it was. */
  readonly message?: string
  /** The exchange was made to find out whether WeCom can be reached. */
  readonly isAgentGet?: boolean
  /** Steady: when the exchange began and ended. */
  readonly from: number
  readonly at: number
}
