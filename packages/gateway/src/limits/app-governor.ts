import type { HealthSignal, TargetKind } from "@wecom-push/protocol/delivery"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { Party } from "../model/party.ts"
import type { Priority } from "../model/message.ts"
import { StorageError } from "../model/storage-error.ts"
import { rateReason } from "../model/target.ts"
import type { CallTarget } from "../model/target.ts"
import type { AppRecord, AppStore } from "../model/ports/apps.ts"
import type {
  AppStanding,
  CallAgain,
  Deferred,
  Governor,
  HealthReport,
  Permit,
  Reservation,
} from "../model/ports/governor.ts"
import type { OperatorLog } from "../model/ports/log.ts"
import type { PartyLimits } from "./party-limits.ts"
import { CallGate, CallPermit } from "./call-gate.ts"
import { CallReservation } from "./call-reservation.ts"
import { Reachability } from "./reachability.ts"
import type { Outage } from "../model/outage.ts"
import type { Exchange } from "./reachability.ts"

export interface AppGovernorDeps {
  readonly clock: JumpAwareClock
  readonly random: () => number
  readonly apps: Pick<AppStore, "pause" | "resume">
  readonly log: OperatorLog
  /** The app can send again, or may try. */
  onOpened(app: string): void
  /** A request of the app failed: `agent/get` has to check whether WeCom can be reached. */
  onDoubted(app: string): void
  /** All names of the party can send again, or may try. */
  onPartyOpened(party: Party): void
}

/** Why only an occasional try of an app goes out, apart from WeCom's refusal of more calls of its party. */
type Reason = "paused" | "unreachable"

/**
 * The governor of one app in this process. Everything that WeCom counts is shared with the other names of the party; a
 * pause, and whether WeCom can be reached, belong to this app alone.
 */
export class AppGovernor implements Governor {
  readonly #deps: AppGovernorDeps
  readonly #app: AppRecord
  readonly #limits: PartyLimits
  readonly #gate: CallGate
  readonly #reach = new Reachability()
  /** Why this name is closed. */
  readonly #reasons = new Set<Reason>()

  constructor(deps: AppGovernorDeps, app: AppRecord, limits: PartyLimits) {
    this.#deps = deps
    this.#app = app
    this.#limits = limits
    this.#gate = new CallGate(limits.calls)
    // A try that is further away was stored when the clock was wrong: the clock has been set since.
    const latestProbeAt = deps.clock.now() + PROBE_EVERY_MS
    if (app.pause !== undefined) this.#close("paused", Math.min(app.pause.nextProbeAt, latestProbeAt))
  }

  reserve(priority: Priority, owner: string, kind: TargetKind = "user"): Reservation {
    return new CallReservation(this.#limits.of(kind), priority, owner, kind)
  }

  async reserveAgain(
    targets: readonly CallTarget[],
    { owner, firstTryAtMs, mayHaveArrived, waitsUntilMs }: CallAgain,
  ): Promise<Reservation | Deferred> {
    await using unused = new AsyncDisposableStack()
    const { kind } = targets[0] ?? { kind: "user" }
    const limits = this.#limits.of(kind)
    const reservation = unused.use(new CallReservation(limits, "normal", owner, kind))
    const paced = targets.filter(({ kind }) => kind === "user" || rateReason(kind) === "target_rate")
    const members = paced.map(({ key }) => key)
    // The call uses the room that it took at its first try.
    const hasRoom = mayHaveArrived && this.#deps.clock.now() < firstTryAtMs + COUNTS_FOR_MS
    const untilMs = await reservation.addAll(members, hasRoom ? -Infinity : waitsUntilMs)
    if (untilMs !== undefined) return { untilMs, reason: rateReason(paced[0]?.kind ?? "user") }
    const [waiting] = await reservation.takePersonTimes(targets)
    if (waiting !== undefined) return { untilMs: waiting.untilMs, reason: waiting.reason }
    await limits.quota?.carryOver(targets, firstTryAtMs)
    unused.move()
    return reservation
  }

  permit(priority: Priority, isOfBacklog = false): Permit | undefined | Promise<Permit | undefined> {
    return this.#gate.enter(priority, this.#deps.clock.now(), isOfBacklog)
  }

  /** When a call may try whether the app is open again; it may be past. Undefined when the app is open. */
  get nextProbeAtMs(): number | undefined {
    const { closedUntil } = this.#gate
    // One call tries for all names of a party; it may belong to another name.
    const isBeingTried = closedUntil !== undefined && this.#limits.calls.closing.isBeingTried
    return isBeingTried ? Math.max(closedUntil, this.#deps.clock.now() + LOOK_AGAIN_MS) : closedUntil
  }

  closedUntilMs(): number | undefined {
    const { closedUntil } = this.#gate
    return closedUntil !== undefined && closedUntil > this.#deps.clock.now() ? closedUntil : undefined
  }

  /** No failed call is repeated while this is true. */
  get isUnreachable(): boolean {
    return this.#reasons.has("unreachable")
  }

  triesByAgentGet(message: string): boolean {
    return this.isUnreachable && this.closedUntilMs() === undefined && this.#reach.triesByAgentGet(message)
  }

  /** The wall clock was set: what closes the app keeps its length. */
  clockJumped(byMs: number): void {
    this.#gate.shift(byMs)
  }

  /** For the API and the metrics; times by the wall clock. */
  standing(): AppStanding {
    const { clock } = this.#deps
    const outage = this.isUnreachable ? this.#reach.outage(clock.steady.now()) : undefined
    return {
      closedUntil: this.closedUntilMs(),
      why: this.#why(outage),
      outage: outage && {
        ...outage,
        since: clock.toWall(outage.since),
        nextTryAt: Math.max(clock.toWall(outage.nextTryAt), this.#gate.closedUntil ?? -Infinity),
      },
    }
  }

  /** The reason that lasts longest, where there are several. */
  #why(outage: Outage | undefined): AppStanding["why"] {
    if (this.#reasons.has("paused")) return "app_paused"
    if (outage !== undefined) return "unreachable"
    return this.#limits.isClosed && this.closedUntilMs() !== undefined ? "app_rate" : undefined
  }

  report(report: HealthReport): Promise<void> | undefined {
    if (report.health.kind !== "healthy" || this.#gate.closedUntil !== undefined) return this.#takeSafely(report)
    this.#reach.answered(report)
    this.#limits.calls.grow()
    return undefined
  }

  async #takeSafely(report: HealthReport): Promise<void> {
    try {
      if (isAnswer(report.health)) this.#noteReached(report)
      await this.#take(report)
      if (this.#reasons.size === 0) this.#open()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#deps.log.error({ app: this.#app.name, code: error.code }, "could not store the app's pause or limits")
    }
  }

  async #take(report: HealthReport): Promise<void> {
    const { health, permit } = report
    switch (health.kind) {
      case "healthy":
        return this.#healthy(permit)
      case "misconfigured":
        return this.#pause(health.errcode ?? NOT_OF_WECOM, health.errmsg)
      case "throttled": {
        const until = await this.#limits.close()
        this.#deps.log.warn({ app: this.#app.name, until }, "WeCom refuses further calls for now (45009)")
        return
      }
      case "crowded":
        if (this.#canReopenName(permit) && this.#canReopenParty(permit))
          this.#limits.calls.halve(permit instanceof CallPermit ? permit : undefined)
        return
      case "unreachable":
        return this.#unreachable(report, health)
      case "answered":
      case "none":
    }
  }

  /** A call that began before the app was closed cannot show that it is open again. */
  #canReopenName(permit: Permit | undefined): boolean {
    return !(permit instanceof CallPermit) || this.#gate.canReopenName(permit)
  }

  #canReopenParty(permit: Permit | undefined): boolean {
    return !(permit instanceof CallPermit) || this.#gate.canReopenParty(permit)
  }

  async #healthy(permit: Permit | undefined): Promise<void> {
    this.#limits.calls.grow()
    if (this.#gate.closedUntil === undefined || this.#reasons.has("unreachable")) return
    if (this.#gate.isNameClosed && this.#canReopenName(permit)) {
      const wasPaused = this.#reasons.has("paused")
      this.#reasons.clear()
      this.#gate.open()
      if (wasPaused) await this.#resume()
      this.#deps.onOpened(this.#app.name)
    }
    if (this.#limits.isClosed && this.#canReopenParty(permit)) {
      await this.#limits.open()
      this.#deps.onPartyOpened(this.#app)
    }
  }

  async #resume(): Promise<void> {
    await this.#deps.apps.resume(this.#app.name, this.#deps.clock.now(), this.#app.version)
    this.#deps.log.info({ app: this.#app.name }, "the app's pause has ended")
  }

  #open(): void {
    if (!this.#gate.isNameClosed) return
    this.#gate.open()
    this.#deps.onOpened(this.#app.name)
  }

  #close(why: Reason, untilMs: number): void {
    this.#reasons.add(why)
    this.#gate.close(untilMs)
  }

  async #pause(errcode: number, errmsg: string): Promise<void> {
    const since = this.#deps.clock.now()
    const nextProbeAt = since + PROBE_EVERY_MS
    const isNew = !this.#reasons.has("paused")
    this.#close("paused", nextProbeAt)
    const { name, version } = this.#app
    // False once the app has been changed: an answer to its earlier configuration pauses nothing, and is not logged.
    let isCurrent = true
    try {
      isCurrent = await this.#deps.apps.pause(name, { errcode, errmsg, since, nextProbeAt }, version)
    } finally {
      if (isNew && isCurrent)
        this.#deps.log.error({ app: name, errcode, errmsg }, "the app is paused until a setting is corrected")
    }
  }

  #unreachable(exchange: Exchange, { cause }: Extract<HealthSignal, { kind: "unreachable" }>): void {
    const { clock, log, random } = this.#deps
    const conclusion = this.#reach.failed(exchange, cause, random)
    if (conclusion === undefined) return
    if (conclusion.kind === "ask") return this.#deps.onDoubted(this.#app.name)
    const { outage } = conclusion
    const nextTryAt = clock.toWall(outage.nextTryAt)
    this.#close("unreachable", Math.max(this.#gate.closedUntil ?? -Infinity, nextTryAt))
    log.warn(
      { app: this.#app.name, ...logFieldsOf(outage, clock), nextTry: formatTime(nextTryAt) },
      "WeCom cannot be reached",
    )
  }

  #noteReached(exchange: Exchange): void {
    const { clock, log } = this.#deps
    const outage = this.#reach.answered(exchange)
    if (outage === undefined) return
    this.#reasons.delete("unreachable")
    const seconds = Math.round((exchange.at - outage.since) / 1000)
    log.info({ app: this.#app.name, ...logFieldsOf(outage, clock), seconds }, "WeCom can be reached again")
  }
}

/** Any answer came from WeCom, or from a proxy in its place; a proxy's is handled as a pause. */
function isAnswer({ kind }: HealthSignal): boolean {
  return kind !== "unreachable" && kind !== "none"
}

function logFieldsOf({ since, tries, cause }: Outage, clock: JumpAwareClock): object {
  const { kind, errcode, errmsg } = cause
  return { since: formatTime(clock.toWall(since)), tries, cause: kind, errcode, errmsg }
}

function formatTime(at: number): string {
  return new Date(at).toISOString()
}

const PROBE_EVERY_MS = 60_000
/** The shortest window of a member, less the difference that clocks may have. */
const COUNTS_FOR_MS = 60_000 - 2000
/** How soon to look again while another call tries whether WeCom takes calls of the party. */
const LOOK_AGAIN_MS = 1000
/** The errcode of a pause whose cause is a certificate, a proxy or a redirect. */
const NOT_OF_WECOM = 0
