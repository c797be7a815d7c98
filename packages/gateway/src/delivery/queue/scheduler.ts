import { setImmediate as immediate } from "node:timers/promises"
import { PRIORITIES, scheduledFor } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import type { ClaimStore, Due, Release, Waiting } from "../../model/ports/claims.ts"
import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { NextTurn, Worker, WorkQueue } from "../../model/ports/work.ts"
import { codeOf } from "../../model/storage-error.ts"
import { HandOuts } from "../../model/hand-outs.ts"
import type { Taken } from "../../model/hand-outs.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"

export interface SchedulerDeps {
  readonly outbox: ClaimStore
  readonly clock: JumpAwareClock
  readonly log: OperatorLog
  /** Ends waits when the gateway stops. */
  readonly stopping: AbortSignal
}

/** Makes the work queue of a dispatcher whose store this process uses alone. */
export function localQueue(outbox: SchedulerDeps["outbox"]): (deps: Omit<SchedulerDeps, "outbox">) => WorkQueue {
  return (deps) => new Scheduler({ ...deps, outbox })
}

interface Timer {
  readonly at: number
  readonly controller: AbortController
}

/**
 * The work queue of a store that one process uses alone. It takes due messages from the outbox and hands them out, one app
 * after another: as many of each app and priority at a time as keep WeCom busy, and a limited number of all apps together.
 * It looks only at apps that have something due. It sleeps until something is due or `wake` is called.
 */
export class Scheduler implements WorkQueue {
  readonly #deps: SchedulerDeps
  #worker: Worker | undefined
  readonly #handOuts: HandOuts<Priority, Taken<Priority>>
  /** Apps to look at now, in the order of their turns. */
  readonly #ready = new Set<string>()
  /** When to look at each of the other apps. */
  readonly #later = new Map<string, number>()
  /** The earliest of these times. */
  #nextLookAt = Infinity
  #isScheduled = false
  #isTurning = false
  #wakeAgain = false
  #timer: Timer | undefined
  #lastExpiryCheckAt = -Infinity
  #lastRenewalAt = -Infinity
  #lastLookAtAllAt = -Infinity

  constructor(deps: SchedulerDeps) {
    this.#deps = deps
    this.#handOuts = new HandOuts<Priority, Taken<Priority>>({
      ...deps,
      most: { high: MOST_AT_WORK, normal: MOST_AT_WORK, bulk: MOST_AT_WORK },
      giveBack: ({ claimed }, next) => this.#giveBack(claimed, next),
      onFree: ({ claimed: { message }, group }) => this.#lookUnlessBusy(message.app, group),
      onProbed: (app) => this.wake({ app }),
    })
  }

  start(worker: Worker): void {
    const { outbox, stopping } = this.#deps
    this.#worker = worker
    stopping.addEventListener(
      "abort",
      outbox.onWork((due) => this.wake(due)),
    )
    this.wake()
  }

  wake(due?: Due): void {
    const at = due?.at ?? -Infinity
    if (due === undefined) this.#lastLookAtAllAt = -Infinity
    else if (at > this.#now()) return this.#lookLater(due.app, at)
    else this.#ready.add(due.app)
    this.#schedule()
  }

  #lookLater(app: string, at: number): void {
    this.#later.set(app, Math.min(at, this.#later.get(app) ?? Infinity))
    this.#nextLookAt = Math.min(this.#nextLookAt, at)
    this.#wakeAt(at)
  }

  #schedule(): void {
    if (this.#isScheduled || this.#deps.stopping.aborted) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#turn()
    })
  }

  /** The wall clock was set: everything that is measured by it begins anew. */
  clockJumped(): void {
    this.#lastExpiryCheckAt = -Infinity
    this.#lastRenewalAt = -Infinity
    this.#timer?.controller.abort()
    this.#timer = undefined
    this.wake()
  }

  /** No other process uses this store. */
  interruptAtOthers(): Promise<void> {
    return Promise.resolve()
  }

  endedAtOthers(): Promise<boolean> {
    return Promise.resolve(false)
  }

  idle(): Promise<void> {
    return this.#handOuts.idle()
  }

  async #turn(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    if (this.#isTurning) {
      this.#wakeAgain = true
      return
    }
    this.#isTurning = true
    try {
      await this.#takeWork(worker)
    } catch (error) {
      if (!this.#deps.stopping.aborted)
        this.#deps.log.error({ code: codeOf(error) }, "could not fetch messages to send")
      // It is unknown which app's turn was interrupted, so all apps are looked at again.
      this.#lastLookAtAllAt = -Infinity
      this.#wakeAt(this.#now() + AFTER_TROUBLE_MS)
    }
    this.#isTurning = false
    if (!this.#wakeAgain) return
    this.#wakeAgain = false
    this.#schedule()
  }

  async #takeWork(worker: Worker): Promise<void> {
    const { outbox, stopping } = this.#deps
    const now = this.#now()
    await this.#renewClaims(now)
    await worker.ready()
    if ((await outbox.unfinished()) > 0) await this.#takeExpired(worker, now)
    await this.#findReady(now)
    let looks = 0
    // Apps that become ready meanwhile have another turn.
    const turn = Array.from(this.#ready)
    for (const app of turn) {
      if (stopping.aborted) return
      this.#ready.delete(app)
      await this.#takeOf(worker, app, now)
      // Five hundred apps without a pause would delay everything else.
      if (++looks % LOOKS_PER_TURN === 0) await immediate()
    }
  }

  /**
   * Adds the apps that have to be looked at to the ready ones. Now and then it adds all apps, in case the wake-up of one was
   * lost.
   */
  async #findReady(now: number): Promise<void> {
    if (now - this.#lastLookAtAllAt >= LOOK_AGAIN_MS) {
      this.#lastLookAtAllAt = now
      this.#later.clear()
      for (const app of await this.#deps.outbox.appsWithWork()) this.#ready.add(app)
      return
    }
    if (this.#nextLookAt <= now) {
      this.#nextLookAt = Infinity
      for (const [app, at] of this.#later) {
        if (at > now) {
          this.#nextLookAt = Math.min(this.#nextLookAt, at)
          continue
        }
        this.#later.delete(app)
        this.#ready.add(app)
      }
    }
    if (this.#nextLookAt < Infinity) this.#wakeAt(this.#nextLookAt)
  }

  async #takeOf(worker: Worker, app: string, now: number): Promise<void> {
    const readiness = await worker.readiness(app)
    if (readiness.kind === "unusable") return
    const rows = await this.#deps.outbox.waiting(app, now)
    const due = rows.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
    this.#noteLater(rows, now)
    const decided = this.#handOuts.decide(app, readiness, now)
    if (decided.kind === "all") {
      const priorities = new Set(due.map(({ priority }) => priority))
      return this.#takeOfOpen(worker, app, now, priorities)
    }
    if (due.length > 0) this.#lookLater(app, decided.untilMs)
    if (decided.kind === "none") return
    const [oldest] = due.toSorted((a, b) => (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity))
    if (oldest !== undefined) await this.#claim(worker, oldest, now, true)
  }

  async #takeOfOpen(worker: Worker, app: string, now: number, withDue: ReadonlySet<Priority>): Promise<void> {
    const emptied: Priority[] = []
    for (const priority of PRIORITIES) {
      if (withDue.has(priority) && (await this.#claim(worker, { app, priority }, now))) emptied.push(priority)
    }
    // Noted only where all messages that are due now were taken: when the next ones are due. Where more are due now, the end
    // of those at work calls this again, and the store would step over all of those to find the next one.
    if (emptied.length > 0) this.#noteLater(await this.#deps.outbox.waiting(app, now, emptied), now)
  }

  #noteLater(rows: readonly Waiting[], now: number): void {
    for (const { app, dueAt } of rows) if (dueAt !== undefined && dueAt > now) this.#lookLater(app, dueAt)
  }

  /**
   * @param isProbe one message, to find out whether the app is open again
   * @returns whether all messages that are due were taken; if not, those of them that are at work call this again when they
   *   are done
   */
  async #claim(
    worker: Worker,
    { app, priority }: Pick<Waiting, "app" | "priority">,
    now: number,
    isProbe = false,
  ): Promise<boolean> {
    const atWork = this.#handOuts.atWorkOf(app, priority)
    // Claims in batches, because the search for the next messages steps over those at work.
    const most = this.#mostAtWork(app)
    if (!isProbe && atWork > most / 2) return false
    const room = Math.max(this.#handOuts.room(priority), LEAST_AT_WORK - atWork)
    const limit = isProbe ? 1 : Math.min(most - atWork, room)
    if (limit <= 0) return false
    const claimed = await this.#deps.outbox.claim({ app, priority, now, limit, leaseMs: LEASE_MS })
    const isOfBacklog = atWork + claimed.length >= LEAST_AT_WORK
    for (const message of claimed) this.#handOut(worker, message, { isProbe, isOfBacklog })
    return claimed.length < limit
  }

  /** The most messages of one app and priority: fewer if many apps have something to send. */
  #mostAtWork(app: string): number {
    const apps = this.#handOuts.appsAtWorkWith(app) + this.#ready.size
    return Math.max(LEAST_AT_WORK, Math.min(MESSAGES_AT_WORK, Math.floor(MOST_AT_WORK / apps)))
  }

  async #takeExpired(worker: Worker, now: number): Promise<void> {
    this.#wakeAt(now + EXPIRY_CHECK_EVERY_MS)
    if (now - this.#lastExpiryCheckAt < EXPIRY_CHECK_EVERY_MS) return
    this.#lastExpiryCheckAt = now
    if (await worker.endExpired()) {
      // Other apps get their turn in between.
      this.#lastExpiryCheckAt = -Infinity
      return this.#schedule()
    }
    const expiryTime = this.#deps.clock.expiryTime()
    const leaseMs = LEASE_MS + now - expiryTime
    const claimed = await this.#deps.outbox.claimExpired({ now: expiryTime, limit: EXPIRED_AT_ONCE, leaseMs })
    let expired = 0
    for (const message of claimed) {
      if (!this.#deps.clock.mayHaveExpired(message.message)) {
        await this.#giveBackUnexpired(message, now)
        continue
      }
      expired++
      // A worker that has not been asked about the app yet does not know it.
      await worker.readiness(message.message.app)
      this.#handOut(worker, message)
    }
    if (expired < EXPIRED_AT_ONCE) return
    this.#lastExpiryCheckAt = -Infinity
    this.#schedule()
  }

  /**
   * The clock was set, and the store has not yet moved the time by which the message was claimed. A message claimed as
   * expired passes those before it in its lane, so it comes again like any other.
   */
  #giveBackUnexpired({ messageId, claim, message }: ClaimedMessage, now: number): Promise<void> {
    return this.#release({ messageId, claim, nextAt: Math.max(now, scheduledFor(message) ?? now) })
  }

  #handOut(worker: Worker, claimed: ClaimedMessage, { isProbe = false, isOfBacklog = false } = {}): void {
    const { priority: group } = claimed.message
    // No other process can open the file while this one runs.
    this.#handOuts.begin(worker, { claimed, group, isOfBacklog, isSurelyOurs: () => true }, isProbe)
  }

  async #giveBack({ messageId, claim }: ClaimedMessage, next: NextTurn | undefined): Promise<void> {
    // The message is finished; or this process still has its claim, which is free at the next start.
    if (next === undefined) return
    const { atMs: nextAt, holdsLaneUntilMs: holdsLaneUntil } = next
    await this.#release({ messageId, claim, nextAt, ...(holdsLaneUntil !== undefined && { holdsLaneUntil }) })
  }

  #lookUnlessBusy(app: string, priority: Priority): void {
    if (this.#handOuts.atWorkOf(app, priority) <= this.#mostAtWork(app) / 2) this.wake({ app })
  }

  /** Repeated until it succeeds: a message that is not given back would wait for the end of its lease. */
  async #release(release: Release): Promise<void> {
    const { outbox, clock, stopping, log } = this.#deps
    while (!stopping.aborted) {
      try {
        await outbox.release([release])
        return
      } catch (error) {
        log.error(
          { message: release.messageId, code: codeOf(error) },
          "could not return a message to the queue; trying again",
        )
        // oxlint-disable-next-line promise/prefer-await-to-then -- the end of the pause by a stop is no error
        await clock.sleep(AFTER_TROUBLE_MS, stopping).catch(() => undefined)
      }
    }
  }

  async #renewClaims(now: number): Promise<void> {
    if (this.#handOuts.count === 0) return
    this.#wakeAt(now + RENEW_EVERY_MS)
    if (now - this.#lastRenewalAt < RENEW_EVERY_MS) return
    this.#lastRenewalAt = now
    const handedOut = [...this.#handOuts.all()]
    const held = await this.#deps.outbox.renew(
      handedOut.map(({ one }) => one.claimed),
      now + LEASE_MS,
    )
    for (const [index, { turn }] of handedOut.entries()) if (held[index] !== true) turn.lose()
  }

  /** There is one timer for everything. The earliest time wins; the others set theirs again when the timer has fired. */
  #wakeAt(at: number): void {
    const { clock, stopping } = this.#deps
    if (stopping.aborted || (this.#timer !== undefined && this.#timer.at <= at)) return
    this.#timer?.controller.abort()
    const timer = { at, controller: new AbortController() }
    this.#timer = timer
    const ms = Math.min(Math.max(0, at - this.#now()), LONGEST_SLEEP_MS)
    void this.#ring(timer, clock.sleep(ms, AbortSignal.any([timer.controller.signal, stopping])))
  }

  async #ring(timer: Timer, slept: Promise<void>): Promise<void> {
    try {
      await slept
    } catch {
      // The sleep was put off, or stopped.
      return
    }
    if (this.#timer === timer) this.#timer = undefined
    this.#schedule()
  }

  #now(): number {
    return this.#deps.clock.now()
  }
}

/** More messages are taken when half of them are done, so that the other half has to keep the gate busy: see `CallGate`. */
const MESSAGES_AT_WORK = 512
/**
 * The most messages of one priority, of all apps together: ten for each call that may be under way. Each message takes some
 * 20 KB.
 */
const MOST_AT_WORK = 1024
/** The least of one app and priority, even if many apps have something to send and much is at work. */
const LEAST_AT_WORK = 8
const LOOKS_PER_TURN = 16
const LEASE_MS = 120_000
const RENEW_EVERY_MS = 30_000
const EXPIRY_CHECK_EVERY_MS = 1000
const EXPIRED_AT_ONCE = 100
const AFTER_TROUBLE_MS = 1000
const LOOK_AGAIN_MS = 60_000
/** Timers can wait at most 2^31 ms. */
const LONGEST_SLEEP_MS = 0x7fff_ffff
