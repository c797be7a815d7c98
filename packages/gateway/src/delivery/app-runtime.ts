import { LookupGate } from "@wecom-push/sdk/internals"
import type { LookupStore } from "@wecom-push/sdk"
import type { Api } from "@wecom-push/sdk/internals"
import type { HealthSignal, OutageCause } from "@wecom-push/protocol/delivery"
import { appLimits } from "../domain/app-limits.ts"
import { Reach } from "../limits/reach.ts"
import type { Outage, Span } from "../limits/reach.ts"
import type { MemberWindows } from "../limits/member-windows.ts"
import type { AppRecord, AppStore } from "../ports/apps.ts"
import type { AppStanding } from "../ports/dispatcher.ts"
import type { PersonTimes } from "../ports/person-times.ts"
import { StorageError } from "../domain/storage-error.ts"
import type { AllCalls } from "../limits/all-calls.ts"
import type { Permit } from "../limits/call-gate.ts"
import { CallGate } from "../limits/call-gate.ts"
import { CallSharing } from "./share-calls.ts"
import { DayQuota } from "../limits/day-quota.ts"
import type { People } from "./people/people.ts"
import type { JumpAwareClock } from "./jump-aware-clock.ts"

export interface AppRuntimeDeps {
  readonly clock: JumpAwareClock
  readonly random: () => number
  readonly apps: AppStore
  readonly lookups: LookupStore
  readonly personTimes: PersonTimes
  readonly log: DispatchLog
  /** What all apps may have under way. */
  readonly allCalls: AllCalls
  /** The app can send again, or may try. */
  onOpened(app: string): void
}

/** As pino writes it. Ids, codes and counts only. */
export interface DispatchLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

/** What an exchange with WeCom has told about the app. */
export interface Report extends Span {
  readonly news: HealthSignal
  /** Of the call that brought the news. */
  readonly permit?: Permit
}

/** Why nothing of an app goes out but a try now and then. */
type Closing = "paused" | "throttled" | "unreachable"

/** One app while the gateway runs: its way to WeCom, and what keeps its messages from going out. */
export class AppRuntime {
  readonly app: AppRecord
  readonly api: Api
  readonly people: People
  readonly gate: CallGate
  readonly windows: MemberWindows
  /** Undefined where each message has calls of its own. */
  readonly sharing: CallSharing | undefined
  /** Undefined where the size of the corp is not told. */
  readonly quota: DayQuota | undefined
  readonly #deps: AppRuntimeDeps
  readonly #throttle: LookupGate
  readonly #reach = new Reach()
  readonly #closings = new Set<Closing>()

  constructor(
    deps: AppRuntimeDeps,
    made: { app: AppRecord; api: Api; windows: MemberWindows; people: (runtime: AppRuntime) => People },
  ) {
    const { app, api, windows, people } = made
    this.#deps = deps
    this.app = app
    this.api = api
    const { concurrentCalls, sharesCalls, accountCap } = appLimits(app.settings)
    this.gate = new CallGate(concurrentCalls, deps.allCalls)
    this.sharing = sharesCalls ? new CallSharing(this) : undefined
    this.quota = accountCap === null ? undefined : new DayQuota(deps, app.name, accountCap)
    this.windows = windows
    this.people = people(this)
    // One clock of pauses for all APIs that WeCom closes; this one is the app's own.
    this.#throttle = new LookupGate(deps.clock, deps.lookups, `message/send ${app.name}`)
    // Further away it can only be by a clock that was set since.
    const latestProbeAt = deps.clock.now() + PROBE_EVERY_MS
    if (app.pause !== undefined) this.#close("paused", Math.min(app.pause.nextProbeAt, latestProbeAt))
  }

  /** Learns of a pause that began before this process did. */
  async recover(): Promise<void> {
    await this.#throttle.isUnsure()
    const until = this.#throttle.pausedUntil()
    if (until !== undefined) this.#close("throttled", Math.max(until, this.gate.closedUntil ?? until))
  }

  /** When WeCom may be asked again; undefined when it may be now. */
  closedUntil(): number | undefined {
    const { closedUntil } = this.gate
    return closedUntil !== undefined && closedUntil > this.#deps.clock.now() ? closedUntil : undefined
  }

  /** Nothing that failed is tried before the app goes on. */
  get isUnreachable(): boolean {
    return this.#closings.has("unreachable")
  }

  /** As it is told; times by the wall clock. */
  standing(): AppStanding {
    const { clock } = this.#deps
    const outage = this.isUnreachable ? this.#reach.outage(clock.steady.now()) : undefined
    return {
      closedUntil: this.closedUntil(),
      why: this.#why(outage),
      outage: outage && {
        ...outage,
        since: clock.toWall(outage.since),
        nextTryAt: Math.max(clock.toWall(outage.nextTryAt), this.gate.closedUntil ?? 0),
      },
    }
  }

  /** What lasts longest where it is more than one. */
  #why(outage: Outage | undefined): AppStanding["why"] {
    if (this.#closings.has("paused")) return "app_paused"
    if (outage !== undefined) return "unreachable"
    return this.#closings.has("throttled") && this.closedUntil() !== undefined ? "app_rate" : undefined
  }

  /**
   * Takes note of what an exchange with WeCom has told. Never fails: a pause that cannot be stored holds all the same.
   * @returns undefined when there is nothing to wait for
   */
  report(report: Report): Promise<void> | undefined {
    if (report.news.kind !== "healthy" || this.gate.closedUntil !== undefined) return this.#takeSafely(report)
    this.#reach.answered(report)
    this.gate.grow()
    return undefined
  }

  async #takeSafely(report: Report): Promise<void> {
    try {
      const isBack = isAnswer(report.news) && this.#isReached(report)
      await this.#take(report)
      if (isBack && this.#closings.size === 0) this.#open()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#deps.log.error({ app: this.app.name, code: error.code }, "news of an app cannot be stored")
    }
  }

  async #take({ news, permit, from, at }: Report): Promise<void> {
    switch (news.kind) {
      case "healthy":
        return this.#healthy(permit)
      case "misconfigured":
        return this.#pause(news.errcode ?? NOT_OF_WECOM, news.errmsg)
      case "throttled": {
        const until = await this.#throttle.close()
        this.#close("throttled", until)
        this.#deps.log.warn({ app: this.app.name, until }, "WeCom refuses further calls for now (45009)")
        return
      }
      case "crowded":
        if (permit === undefined || this.gate.isNews(permit)) this.gate.halve()
        return
      case "unreachable":
        return this.#unreachable({ from, at }, news.cause)
      case "answered":
      case "none":
    }
  }

  async #healthy(permit: Permit | undefined): Promise<void> {
    this.gate.grow()
    if (this.gate.closedUntil === undefined || this.#closings.has("unreachable")) return
    if (permit !== undefined && !this.gate.isNews(permit)) return
    const wasPaused = this.#closings.has("paused")
    this.#closings.clear()
    this.gate.open()
    await this.#throttle.open()
    if (wasPaused) {
      await this.#deps.apps.resume(this.app.name, this.#deps.clock.now(), this.app.version)
      this.#deps.log.info({ app: this.app.name }, "the app sends again")
    }
    this.#deps.onOpened(this.app.name)
  }

  #open(): void {
    if (this.gate.closedUntil === undefined) return
    this.gate.open()
    this.#deps.onOpened(this.app.name)
  }

  #close(why: Closing, until: number): void {
    this.#closings.add(why)
    this.gate.close(until)
  }

  async #pause(errcode: number, errmsg: string): Promise<void> {
    const since = this.#deps.clock.now()
    const nextProbeAt = since + PROBE_EVERY_MS
    const isNew = !this.#closings.has("paused")
    this.#close("paused", nextProbeAt)
    // False once the app has been changed: an answer to its earlier configuration pauses nothing, and is no news.
    let isCurrent = true
    try {
      isCurrent = await this.#deps.apps.pause(this.app.name, { errcode, errmsg, since, nextProbeAt }, this.app.version)
    } finally {
      if (isNew && isCurrent)
        this.#deps.log.error({ app: this.app.name, errcode, errmsg }, "the app is paused until a setting is mended")
    }
  }

  /** One call at a time finds out whether WeCom is there again. What else has failed meanwhile is old news. */
  #unreachable(span: Span, cause: OutageCause): void {
    const { clock, log, random } = this.#deps
    const outage = this.#reach.failed(span, cause, random)
    if (outage === undefined) return
    const nextTryAt = clock.toWall(outage.nextTryAt)
    this.#close("unreachable", Math.max(this.gate.closedUntil ?? 0, nextTryAt))
    log.warn(
      { app: this.app.name, ...toldOf(outage, clock), nextTry: formatTime(nextTryAt) },
      "WeCom cannot be reached",
    )
  }

  /** @returns true when it could not be, until now */
  #isReached(span: Span): boolean {
    const { clock, log } = this.#deps
    const outage = this.#reach.answered(span)
    if (outage === undefined) return false
    this.#closings.delete("unreachable")
    const seconds = Math.round((span.at - outage.since) / 1000)
    log.info({ app: this.app.name, ...toldOf(outage, clock), seconds }, "WeCom can be reached again")
    return true
  }
}

/** Whatever it says, it came from WeCom; or from what stands in its place, and then that is told as a pause. */
function isAnswer({ kind }: HealthSignal): boolean {
  return kind !== "unreachable" && kind !== "none"
}

function toldOf({ since, tries, cause }: Outage, clock: JumpAwareClock): object {
  const { kind, errcode, errmsg } = cause
  return { since: formatTime(clock.toWall(since)), tries, cause: kind, errcode, errmsg }
}

function formatTime(at: number): string {
  return new Date(at).toISOString()
}

const PROBE_EVERY_MS = 60_000
/** Stands for an errcode where a certificate, a proxy or a redirect is in the way. */
const NOT_OF_WECOM = 0
