import { LookupGate } from "@wecom-push/sdk"
import type { Api, Clock, LookupStore } from "@wecom-push/sdk"
import { appLimits } from "../core/app-limits.ts"
import type { News } from "../core/judge.ts"
import type { MemberWindows } from "../core/member-windows.ts"
import type { AppRecord, AppStore } from "../core/ports/apps.ts"
import type { PersonTimes } from "../core/ports/person-times.ts"
import { StorageError } from "../core/storage-error.ts"
import { delayMs, spreadDelay, UNREACHABLE } from "../core/retry-schedule.ts"
import type { Permit } from "./call-gate.ts"
import { CallGate } from "./call-gate.ts"
import { CallPool } from "./call-pool.ts"
import { DayQuota } from "./day-quota.ts"
import type { People } from "./people/people.ts"

export interface AppDeskDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly apps: AppStore
  readonly lookups: LookupStore
  readonly personTimes: PersonTimes
  readonly log: DispatchLog
  /** The app can send again, or may try. */
  onOpened(): void
}

/** As pino writes it. Ids, codes and counts only. */
export interface DispatchLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

/** One app while the gateway runs: its way to WeCom, and what keeps its messages from going out. */
export class AppDesk {
  readonly app: AppRecord
  readonly api: Api
  readonly people: People
  readonly gate: CallGate
  readonly windows: MemberWindows
  /** Undefined where each message has calls of its own. */
  readonly pool: CallPool | undefined
  /** Undefined where the size of the corp is not told. */
  readonly quota: DayQuota | undefined
  readonly #deps: AppDeskDeps
  readonly #throttle: LookupGate
  #isPaused: boolean
  #failures = 0

  constructor(
    deps: AppDeskDeps,
    made: { app: AppRecord; api: Api; windows: MemberWindows; people: (desk: AppDesk) => People },
  ) {
    const { app, api, windows, people } = made
    this.#deps = deps
    this.app = app
    this.api = api
    const { concurrentCalls, sharesCalls, accountCap } = appLimits(app.settings)
    this.gate = new CallGate(concurrentCalls)
    this.pool = sharesCalls ? new CallPool(this) : undefined
    this.quota = accountCap === null ? undefined : new DayQuota(deps, app.name, accountCap)
    this.windows = windows
    this.people = people(this)
    // One clock of pauses for all APIs that WeCom closes; this one is the app's own.
    this.#throttle = new LookupGate(deps.clock, deps.lookups, `message/send ${app.name}`)
    this.#isPaused = app.pause !== undefined
    // Further away it can only be by a clock that was set since.
    const latestProbeAt = deps.clock.now() + PROBE_EVERY_MS
    if (app.pause !== undefined) this.gate.close(Math.min(app.pause.nextProbeAt, latestProbeAt))
  }

  /** Learns of a pause that began before this process did. */
  async recover(): Promise<void> {
    await this.#throttle.isUnsure()
    const until = this.#throttle.pausedUntil()
    if (until !== undefined) this.gate.close(Math.max(until, this.gate.closedUntil ?? until))
  }

  /** When WeCom may be asked again; undefined when it may be now. */
  closedUntil(): number | undefined {
    const { closedUntil } = this.gate
    return closedUntil !== undefined && closedUntil > this.#deps.clock.now() ? closedUntil : undefined
  }

  /**
   * What an attempt has told about the app. Never fails: a pause that cannot be stored holds all the same.
   * @param permit of the call that brought the news
   * @returns undefined when there is nothing to wait for
   */
  report(news: News, permit?: Permit): Promise<void> | undefined {
    if (news.kind !== "healthy" || this.gate.closedUntil !== undefined) return this.#takeSafely(news, permit)
    this.#noteHealth()
    return undefined
  }

  async #takeSafely(news: News, permit: Permit | undefined): Promise<void> {
    try {
      await this.#take(news, permit)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#deps.log.error({ app: this.app.name, code: error.code }, "news of an app cannot be stored")
    }
  }

  async #take(news: News, permit: Permit | undefined): Promise<void> {
    switch (news.kind) {
      case "healthy":
        return this.#healthy(permit)
      case "answered":
        this.#failures = 0
        return
      case "misconfigured":
        return this.#pause(news.errcode ?? NOT_OF_WECOM, news.errmsg)
      case "throttled": {
        const until = await this.#throttle.close()
        this.gate.close(until)
        this.#deps.log.warn({ app: this.app.name, until }, "WeCom refuses further calls for now (45009)")
        return
      }
      case "crowded":
        if (permit === undefined || this.gate.isNews(permit)) this.gate.halve()
        return
      case "unreachable":
        return this.#unreachable(news.errmsg)
      case "none":
    }
  }

  async #healthy(permit: Permit | undefined): Promise<void> {
    this.#noteHealth()
    if (this.gate.closedUntil === undefined) return
    if (permit !== undefined && !this.gate.isNews(permit)) return
    this.gate.open()
    await this.#throttle.open()
    if (this.#isPaused) {
      this.#isPaused = false
      await this.#deps.apps.resume(this.app.name, this.#deps.clock.now())
      this.#deps.log.info({ app: this.app.name }, "the app sends again")
    }
    this.#deps.onOpened()
  }

  #noteHealth(): void {
    this.#failures = 0
    this.gate.grow()
  }

  async #pause(errcode: number, errmsg: string): Promise<void> {
    const since = this.#deps.clock.now()
    const nextProbeAt = since + PROBE_EVERY_MS
    this.gate.close(nextProbeAt)
    if (!this.#isPaused)
      this.#deps.log.error({ app: this.app.name, errcode, errmsg }, "the app is paused until a setting is mended")
    this.#isPaused = true
    await this.#deps.apps.pause(this.app.name, { errcode, errmsg, since, nextProbeAt })
  }

  /** Somebody has to find out first, so a few failures in a row close the app and one call at a time tries again. */
  #unreachable(errmsg: string): void {
    this.#failures++
    if (this.#failures < FAILURES_THAT_CLOSE && this.gate.closedUntil === undefined) return
    const beyond = Math.max(1, this.#failures - FAILURES_THAT_CLOSE + 1)
    const pauseMs = spreadDelay(delayMs(UNREACHABLE, beyond), this.#deps.random)
    this.gate.close(Math.max(this.gate.closedUntil ?? 0, this.#deps.clock.now() + pauseMs))
    if (beyond === 1) this.#deps.log.warn({ app: this.app.name, errmsg }, "WeCom cannot be reached")
  }
}

const PROBE_EVERY_MS = 60_000
const FAILURES_THAT_CLOSE = 5
/** Stands for an errcode where a certificate, a proxy or a redirect is in the way. */
const NOT_OF_WECOM = 0
