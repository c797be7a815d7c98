import { HandOuts } from "../../model/hand-outs.ts"
import type { Taken } from "../../model/hand-outs.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { codeOf, StorageError } from "../../model/storage-error.ts"
import type { Due } from "../../model/ports/claims.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { NextTurn, Worker, WorkQueue } from "../../model/ports/work.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import { OtherNodes } from "./other-nodes.ts"
import { EndedTurns } from "./ended-turns.ts"
import { ExpiredMessages } from "./expired-messages.ts"
import { FetchedTurns } from "./fetched-turns.ts"
import type { FetchedTurn } from "./fetched-turns.ts"
import { MakeDue } from "./make-due.ts"
import type { JobWindow } from "./job-window.ts"
import type { FetchedJob, Jobs } from "./jobs.ts"
import { LeftJobs } from "./left-jobs.ts"
import type { Notices } from "./notices.ts"
import type { PostgresRobotLease } from "./robot-lease.ts"
import type { Session } from "./session.ts"
import { Takeover } from "./takeover.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import type { Transactions } from "./transactions.ts"
import { ROBOTS, TURN_QUEUES } from "./turn-queue.ts"
import type { TurnQueue } from "./turn-queue.ts"

export interface JobQueueDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly window: JobWindow
  readonly claims: Claims
  /** The node fetches no jobs without its session, since other nodes then take over its messages. */
  readonly session: Pick<Session, "isHeld" | "onNotice">
  readonly notices: Notices
  /** Only the node that has the lease sends messages of smart robots. */
  readonly robotLease: Pick<PostgresRobotLease, "isHeld" | "look" | "onChange">
  /** Number of this node. */
  readonly node: number
  readonly clock: Pick<JumpAwareClock, "expiryTime" | "setByMs">
  readonly log: OperatorLog
  /** No message is handed out after it is aborted. */
  readonly stopping: AbortSignal
}

interface JobAtWork extends Taken<TurnQueue> {
  readonly held: HeldClaim
  /** The reason for which it will wait may have changed since it was handed out. */
  isDueAtOnce: boolean
  /** When its job's last heartbeat was sent, before the database was asked, by a monotonic clock. */
  touchedAt: number
}

/** The work queue of nodes that share a database: each job of pg-boss is one turn at one message. */
export class JobQueue implements WorkQueue {
  readonly #deps: JobQueueDeps
  readonly #fetched: FetchedTurns
  readonly #ended: EndedTurns
  readonly #expired: ExpiredMessages
  readonly #otherNodes: OtherNodes
  readonly #makeDue: MakeDue
  readonly #takeover: Takeover
  readonly #handOuts: HandOuts<TurnQueue, JobAtWork>
  readonly #left: Record<TurnQueue, LeftJobs> = {
    high: new LeftJobs(),
    normal: new LeftJobs(),
    bulk: new LeftJobs(),
    robots: new LeftJobs(),
  }
  /** Apps that this node has found closed, or unusable. */
  readonly #held = new Set<string>()
  /** Counts the moments at which an app may have opened: an app that is being held during one is looked at again. */
  #openings = 0
  #worker: Worker | undefined
  #polling: Promise<void> | undefined
  /** Queues that may have jobs: each costs a statement. */
  readonly #toFetch = new Set<TurnQueue | "ticks">()
  /** When jobs of each were last fetched, by a monotonic clock. */
  readonly #fetchedAt: Record<TurnQueue, number> = {
    high: -Infinity,
    normal: -Infinity,
    bulk: -Infinity,
    robots: -Infinity,
  }
  /**
   * True when apps with little to send filled the last batch: the next batch is for the others, which keep half of all.
   */
  readonly #isBacklogNext: Record<TurnQueue, boolean> = { high: false, normal: false, bulk: false, robots: false }
  readonly #batchTimers: Partial<Record<TurnQueue, NodeJS.Timeout | undefined>> = {}
  readonly #touches = new LocalLocks()
  #isLooking = false
  #isTouching = false
  #takingOver: Promise<void> | undefined
  #isFindingExpired = false
  #timers: NodeJS.Timeout[] = []

  constructor(deps: JobQueueDeps) {
    this.#deps = deps
    this.#fetched = new FetchedTurns(deps)
    this.#ended = new EndedTurns({ ...deps, onDue: () => this.wake() })
    this.#expired = new ExpiredMessages(deps)
    this.#otherNodes = new OtherNodes(deps)
    this.#makeDue = new MakeDue(deps)
    this.#takeover = new Takeover(deps)
    this.#handOuts = new HandOuts<TurnQueue, JobAtWork>({
      ...deps,
      most: MOST_AT_WORK,
      giveBack: (one, next) => this.#giveBack(one, next),
      onFree: ({ group }) => {
        if (this.#handOuts.isHalfFree(group)) this.fetch([group])
      },
      onProbed: (app) => {
        if (this.#worker !== undefined) void this.#lookAgain(this.#worker, app)
      },
    })
  }

  start(worker: Worker): void {
    this.#worker = worker
    this.#timers = [
      setInterval(() => void this.poll(), POLL_MS),
      setInterval(() => void this.#touchUnlessAtIt(), TOUCH_MS),
      setInterval(() => void this.takeOver(), LOOK_FOR_DEAD_MS),
      setInterval(() => void this.findExpired(), LOOK_FOR_EXPIRED_MS),
    ]
    this.#deps.session.onNotice((payload) => {
      if (payload === undefined) void this.#sessionIsBack()
    })
    const { notices, robotLease } = this.#deps
    const endings = [
      notices.on("halt", (message) => this.#interrupt(message)),
      notices.on(ROBOTS, () => this.fetch([ROBOTS])),
      robotLease.onChange(() => this.fetch([ROBOTS])),
    ]
    const end = (): void => {
      for (const timer of this.#timers) clearInterval(timer)
      for (const one of endings) one()
    }
    this.#deps.stopping.addEventListener("abort", end, { once: true })
    void this.takeOver()
    this.wake()
  }

  /** @param due with an app alone: none of its messages has to wait for the app any longer */
  wake(due?: Due): void {
    if (due !== undefined && due.at === undefined) {
      this.#openings++
      for (const { one } of this.#handOuts.all()) if (one.held.app === due.app) one.isDueAtOnce = true
    }
    const worker = this.#worker
    if (worker === undefined || this.#deps.stopping.aborted) return
    if (due !== undefined && this.#held.has(due.app)) void this.#lookAgain(worker, due.app)
    this.fetch(["ticks", ...TURN_QUEUES])
  }

  /** Fetches due jobs, whichever node has stored them; also runs by itself. An idle node asks once for all queues. */
  async poll(): Promise<void> {
    const { transactions, jobs, session, stopping, log } = this.#deps
    if (this.#isLooking || stopping.aborted || !session.isHeld) return
    if (this.#polling !== undefined || TURN_QUEUES.some((queue) => this.#left[queue].areDue)) return this.wake()
    this.#isLooking = true
    try {
      const due = await transactions.read((db) => jobs.due(db))
      if (due.length > 0) this.fetch(due)
    } catch (error) {
      if (!stopping.aborted) log.error({ code: codeOf(error) }, "could not receive jobs from the database")
    } finally {
      this.#isLooking = false
    }
  }

  /** After the commit that has filled these queues. */
  filled(queues: readonly TurnQueue[]): void {
    this.fetch(queues)
    if (queues.includes(ROBOTS) && !this.#deps.robotLease.isHeld) void this.#tellHolder()
  }

  /** Some of these may have due jobs. */
  fetch(some: readonly (TurnQueue | "ticks")[]): void {
    const worker = this.#worker
    if (worker === undefined || this.#deps.stopping.aborted) return
    for (const one of some) if (one === "ticks" || this.#maySend(one)) this.#toFetch.add(one)
    if (this.#toFetch.size === 0) return
    this.#polling ??= this.#poll(worker)
  }

  /** Notifies the node that has the robots. Without a notice it finds the messages too, a moment later. */
  async #tellHolder(): Promise<void> {
    const { transactions, notices } = this.#deps
    await transactions.run((tx) => notices.send(tx, ROBOTS)).catch(() => undefined)
  }

  /** Other nodes may have taken over messages that were in work here. */
  async #sessionIsBack(): Promise<void> {
    await this.touch()
    this.wake()
  }

  /** Resolves when everything that was due at the last wake has been handed out. */
  async polled(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling
  }

  /** The database's clock decides when a message is due. */
  clockJumped(): void {
    this.wake()
  }

  interruptAtOthers(messageId: string): Promise<void> {
    return this.#otherNodes.interrupt(messageId)
  }

  endedAtOthers(messageId: string): Promise<boolean> {
    return this.#otherNodes.ended(messageId)
  }

  /** @param message undefined: a notice may have been lost, so it may concern any message */
  #interrupt(message: string | undefined): void {
    for (const { one, turn } of this.#handOuts.all()) {
      if (message === undefined || one.held.id === message) turn.interrupt()
    }
  }

  async idle(): Promise<void> {
    await this.polled()
    await this.#handOuts.idle()
  }

  async #poll(worker: Worker): Promise<void> {
    try {
      do {
        await worker.ready()
        if (this.#deps.stopping.aborted || !this.#deps.session.isHeld) return
        if (this.#toFetch.delete("ticks")) await this.#performTicks()
        for (const queue of TURN_QUEUES) {
          if (this.#deps.stopping.aborted) return
          if (this.#toFetch.delete(queue)) await this.#take(worker, queue)
        }
      } while (this.#toFetch.size > 0 && !this.#deps.stopping.aborted)
    } catch (error) {
      if (!this.#deps.stopping.aborted) {
        this.#deps.log.error({ code: codeOf(error) }, "could not fetch messages to send")
      }
    } finally {
      this.#polling = undefined
    }
  }

  /** A message that waited without a job is due. */
  async #performTicks(): Promise<void> {
    const { transactions, jobs, window } = this.#deps
    const ticks = await jobs.fetchTicks(TICKS_AT_ONCE)
    if (ticks.length === 0) return
    await transactions.run(async (tx, after) => {
      await jobs.finishTicks(tx, ticks)
      await window.fill(
        tx,
        ticks.map(({ data }) => data),
        after,
      )
    })
    if (ticks.length === TICKS_AT_ONCE) this.#toFetch.add("ticks")
  }

  async #take(worker: Worker, queue: TurnQueue): Promise<void> {
    const left = this.#left[queue]
    if (left.areDue) await this.#handOutLeft(worker, queue)
    if (left.mostAreUnread) return
    const room = this.#handOuts.room(queue)
    if (room <= 0 || this.#waitsForBatch(queue)) return
    this.#fetchedAt[queue] = performance.now()
    const most = Math.min(room, FETCHED_AT_ONCE)
    const fetched = await this.#deps.jobs.fetchTurns(queue, most, this.#isBacklogNext[queue])
    // Jobs of robots are ordered by the priority of their messages alone.
    this.#isBacklogNext[queue] =
      queue !== ROBOTS &&
      fetched.length === most &&
      !fetched.some(({ data }) => data.isOfBacklog === true) &&
      !this.#isBacklogNext[queue]
    if (fetched.length === FETCHED_AT_ONCE || this.#isBacklogNext[queue]) this.#toFetch.add(queue)
    if (!(await this.#handOutAll(worker, queue, fetched))) left.add(fetched)
  }

  /**
   * Waits so that jobs are fetched in batches: a look for the next ones costs the same for one as for many. But not for
   * long, or the one message of an app would wait until half of the others' messages in work have ended.
   */
  #waitsForBatch(queue: TurnQueue): boolean {
    if (this.#handOuts.isHalfFree(queue)) return false
    const waitMs = this.#fetchedAt[queue] + BATCH_MS - performance.now()
    if (waitMs <= 0) return false
    this.#batchTimers[queue] ??= setTimeout(() => {
      this.#batchTimers[queue] = undefined
      this.fetch([queue])
    }, waitMs).unref()
    return true
  }

  #handOutLeft(worker: Worker, queue: TurnQueue): Promise<void> {
    return this.#left[queue].handOut(
      async (jobs) => (await this.#deps.jobs.touch(jobs)).ours,
      (batch) => this.#handOutAll(worker, queue, batch),
    )
  }

  /** @returns false when they cannot be read; nothing has been done with them then */
  async #handOutAll(worker: Worker, queue: TurnQueue, jobs: readonly FetchedJob[]): Promise<boolean> {
    if (jobs.length === 0) return true
    let turns: readonly FetchedTurn[]
    try {
      turns = await this.#fetched.load(jobs)
    } catch (error) {
      this.#tellOrThrow(error)
      return false
    }
    // All apps at once: the state of an app is read when it first sends, and no app has to wait for hundreds of others.
    const apps = Map.groupBy(turns, ({ held }) => held.app)
    await Promise.all([...apps].map(([app, ofApp]) => this.#handOutOrLeave(worker, queue, app, new Set(ofApp))))
    return true
  }

  async #handOutOrLeave(worker: Worker, queue: TurnQueue, app: string, left: Set<FetchedTurn>): Promise<void> {
    try {
      await this.#handOutOf(worker, app, left)
    } catch (error) {
      this.#tellOrThrow(error)
      for (const { held } of left) this.#deps.claims.drop(held)
      this.#left[queue].add([...left].map(({ held }) => ({ ...held.job, data: { message: held.id } })))
    }
  }

  #tellOrThrow(error: unknown): void {
    if (!(error instanceof StorageError)) throw error
    if (this.#deps.stopping.aborted) return
    this.#deps.log.error({ code: error.code }, "could not start the fetched messages; trying again")
  }

  /** @param left turns that are handed out, or put back, are removed from it */
  async #handOutOf(worker: Worker, app: string, left: Set<FetchedTurn>): Promise<void> {
    const giveOut = (turn: FetchedTurn, isProbe = false): void => {
      left.delete(turn)
      this.#handOut(worker, turn, isProbe)
    }
    const openings = this.#openings
    const readiness = await worker.readiness(app)
    const [first] = left
    if (first === undefined) return
    const decided = this.#handOuts.decide(app, readiness, first.readAt)
    if (decided.kind === "all") {
      if (left.values().some(({ isAppHeld }) => isAppHeld)) await this.#free(app)
      for (const turn of left) giveOut(turn)
      return
    }
    for (const turn of left) if (turn.isExpired) giveOut(turn)
    const waiting = [...left]
    if (waiting.length === 0) return
    const probe = decided.kind === "one" ? waiting.shift() : undefined
    this.#held.add(app)
    await this.#fetched.putBack(
      app,
      waiting.map(({ held }) => held),
      decided.untilMs,
    )
    for (const turn of waiting) left.delete(turn)
    if (probe !== undefined) giveOut(probe, true)
    if (this.#openings !== openings) void this.#lookAgain(worker, app)
  }

  /** An app that this node holds may be open again. */
  async #lookAgain(worker: Worker, app: string): Promise<void> {
    try {
      const readiness = await worker.readiness(app)
      if (readiness.kind === "open") await this.#free(app)
      else if (readiness.kind === "closed") await this.#fetched.putBack(app, [], readiness.probeAtMs)
    } catch (error) {
      // It is checked again when its hold ends.
      this.#deps.log.warn({ app, code: codeOf(error) }, "could not check whether an app may send again; trying again")
    }
  }

  async #free(app: string): Promise<void> {
    const { transactions, window } = this.#deps
    await transactions.run((tx, after) => window.free(tx, app, after))
    this.#held.delete(app)
  }

  /**
   * Hands out a turn. If another node has the robots by now, so that this one may not send it, it is given back
   * unchanged.
   */
  #handOut(worker: Worker, { held, claimed, isOfBacklog }: FetchedTurn, isProbe: boolean): void {
    const one: JobAtWork = {
      held,
      claimed,
      group: held.job.queue,
      isOfBacklog,
      isDueAtOnce: false,
      touchedAt: performance.now(),
      isSurelyOurs: () => this.#maySend(held.job.queue) && performance.now() - one.touchedAt < SURELY_OURS_MS,
    }
    this.#handOuts.begin(worker, one, isProbe)
  }

  /** Gives a turn back. If that fails, the message is handed out again once its job no longer has a heartbeat. */
  async #giveBack(one: JobAtWork, next: NextTurn | undefined): Promise<void> {
    const { held, isDueAtOnce } = one
    const { clock, claims } = this.#deps
    const { setByMs } = clock
    try {
      if (!claims.hasEnded(held)) await this.#ended.giveBack({ held, next, isDueAtOnce })
      // The reason of its wait ended while it was being given back.
      if (one.isDueAtOnce && !isDueAtOnce) await this.#makeDue.messages([held.id], held.dueAt)
      // The clock was set back meanwhile: making all waiting messages due passed over this one, which a worker had.
      if (clock.setByMs < setByMs) await this.#makeDue.messages([held.id], clock.expiryTime())
    } finally {
      claims.drop(held)
    }
  }

  /** Without the lease another node may have the connections of the robots by now. */
  #maySend(queue: TurnQueue): boolean {
    return queue !== ROBOTS || this.#deps.robotLease.isHeld
  }

  /** Takes over the jobs of dead nodes; also runs by itself. */
  async takeOver(): Promise<void> {
    // A node without a session would take its own jobs for those of a dead node.
    if (this.#deps.stopping.aborted || !this.#deps.session.isHeld) return
    await (this.#takingOver ??= this.#takeOver())
  }

  async #takeOver(): Promise<void> {
    try {
      if ((await this.#takeover.run()) > 0) this.wake()
    } catch (error) {
      this.#deps.log.warn({ code: codeOf(error) }, "node liveness check failed")
    } finally {
      this.#takingOver = undefined
    }
  }

  /** Hands out expired messages, whatever they wait for; also runs by itself. */
  async findExpired(): Promise<void> {
    const worker = this.#worker
    const { stopping, log } = this.#deps
    if (worker === undefined || this.#isFindingExpired || stopping.aborted) return
    this.#isFindingExpired = true
    try {
      while (await worker.endExpired()) if (stopping.aborted) return
      // A message that has begun does not delay the others, but each one takes a turn.
      for (let rounds = 0; rounds < MOST_ROUNDS && (await this.#expired.giveJobs()) > 0; rounds++) this.wake()
    } catch (error) {
      log.warn({ code: codeOf(error) }, "expiry check failed")
    } finally {
      this.#isFindingExpired = false
    }
  }

  /** Sends no heartbeat while another one waits for the server: the next one comes in a second. */
  async #touchUnlessAtIt(): Promise<void> {
    if (this.#isTouching) return
    this.#isTouching = true
    try {
      await this.touch(TOUCHED_FOR_MS)
    } finally {
      this.#isTouching = false
    }
  }

  /**
   * Sends the heartbeat of the jobs in work; also runs by itself. A turn whose job is gone is lost. One runs at a time:
   * two that lock the same rows in different orders end in a deadlock.
   * @param ageMs only jobs whose last heartbeat is older: a statement that settles a call waits for rows locked here
   */
  touch(ageMs = 0): Promise<void> {
    return this.#touches.run("", () => this.#touch(ageMs))
  }

  async #touch(ageMs: number): Promise<void> {
    const now = performance.now()
    const all = [...this.#handOuts.all()].filter(
      ({ one: { held, touchedAt } }) => now - touchedAt >= ageMs && !this.#deps.claims.hasEnded(held),
    )
    try {
      const { ours, touched } = await this.#deps.jobs.touch(all.map(({ one }) => one.held.job))
      for (const { one, turn } of all) {
        if (touched.has(one.held.job)) one.touchedAt = now
        // One that was given back meanwhile has no job either, and nothing to lose any more.
        else if (!ours.has(one.held.job) && !this.#deps.claims.hasEnded(one.held)) turn.lose()
      }
    } catch (error) {
      this.#deps.log.warn({ code: codeOf(error) }, "job heartbeat failed")
    }
  }
}

const POLL_MS = 1000
/**
 * `TOUCHED_FOR_MS` and `TOUCH_MS` are together a third of the 10 s after which a job without a heartbeat goes to
 * another node.
 */
const TOUCHED_FOR_MS = 2500
const TOUCH_MS = 1000
/** Less than the time after which another node can have the job, with room between the check and the first byte. */
const SURELY_OURS_MS = 8000
const LOOK_FOR_DEAD_MS = 500
const LOOK_FOR_EXPIRED_MS = 15_000
const MOST_ROUNDS = 10
const TICKS_AT_ONCE = 50
const FETCHED_AT_ONCE = 200
/** How long to wait for more messages of a priority, while more than half of its places are taken. */
const BATCH_MS = 200
/** Bulk keeps its tenth. */
const MOST_AT_WORK: Readonly<Record<TurnQueue, number>> = { high: 1024, normal: 1024, bulk: 128, robots: 1024 }
