import { sql } from "kysely"
import { PRIORITIES } from "../../domain/message.ts"
import type { Priority } from "../../domain/message.ts"
import { codeOf } from "../../domain/storage-error.ts"
import type { OperatorLog } from "../../ports/log.ts"
import type { ClaimedMessage } from "../../ports/outbox.ts"
import type { NextTurn, Turn, Worker, WorkQueue, WorkSlot } from "../../ports/work.ts"
import { toMessage, toPriority } from "../message-row.ts"
import { flag, integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { toStored } from "../stored-message.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import { newJobId } from "./job-window.ts"
import type { JobWindow } from "./job-window.ts"
import type { FetchedJob, Jobs, TurnData } from "./jobs.ts"
import { takeOver } from "./takeover.ts"
import type { Transactions, Tx } from "./transactions.ts"

export interface JobQueueDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly window: JobWindow
  readonly claims: Claims
  /** Number of this node. */
  readonly node: number
  readonly log: OperatorLog
  /** Nothing is handed out after it. */
  readonly stopping: AbortSignal
}

interface HandedOut {
  readonly held: HeldClaim
  readonly turn: Turn
  done: Promise<void>
}

/** The work queue of nodes that share a database: each job of pg-boss is one turn at one message. */
export class JobQueue implements WorkQueue {
  readonly #deps: JobQueueDeps
  readonly #handedOut = new Map<string, HandedOut>()
  readonly #atWork: Record<Priority, number> = { high: 0, normal: 0, bulk: 0 }
  #worker: Worker | undefined
  #polling: Promise<void> | undefined
  #pollAgain = false
  #isTakingOver = false
  #timers: NodeJS.Timeout[] = []

  constructor(deps: JobQueueDeps) {
    this.#deps = deps
  }

  start(worker: Worker): void {
    this.#worker = worker
    this.#timers = [
      setInterval(() => this.wake(), POLL_MS),
      setInterval(() => void this.#touchAll(), TOUCH_MS),
      setInterval(() => void this.takeOver(), LOOK_FOR_DEAD_MS),
    ]
    this.#deps.stopping.addEventListener("abort", () => this.#timers.forEach((timer) => clearInterval(timer)), {
      once: true,
    })
    this.wake()
  }

  wake(): void {
    const worker = this.#worker
    if (worker === undefined || this.#deps.stopping.aborted) return
    if (this.#polling === undefined) this.#polling = this.#poll(worker)
    else this.#pollAgain = true
  }

  /** Resolves when what was due at the last wake has been handed out. */
  async polled(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling
  }

  /** The database's clock tells when something is due. */
  clockJumped(): void {
    this.wake()
  }

  async idle(): Promise<void> {
    await this.polled()
    while (this.#handedOut.size > 0) await Promise.all([...this.#handedOut.values()].map(({ done }) => done))
  }

  async #poll(worker: Worker): Promise<void> {
    try {
      do {
        this.#pollAgain = false
        await worker.ready()
        await this.#performTicks()
        for (const priority of PRIORITIES) await this.#take(worker, priority)
      } while (this.#pollAgain && !this.#deps.stopping.aborted)
    } catch (error) {
      if (!this.#deps.stopping.aborted) {
        this.#deps.log.error({ code: codeOf(error) }, "work cannot be taken from the store")
      }
    } finally {
      this.#polling = undefined
    }
  }

  /** Something that waited without a job is due. */
  async #performTicks(): Promise<void> {
    const { transactions, jobs, window } = this.#deps
    const ticks = await jobs.fetchTicks(TICKS_AT_ONCE)
    if (ticks.length === 0) return
    await transactions.run(async (tx, after) => {
      await jobs.finish(tx, "ticks", ticks)
      await window.fill(
        tx,
        ticks.map(({ data }) => data),
        after,
      )
    })
    if (ticks.length === TICKS_AT_ONCE) this.#pollAgain = true
  }

  async #take(worker: Worker, priority: Priority): Promise<void> {
    const room = MOST_AT_WORK[priority] - this.#atWork[priority]
    // In batches: looking for the next ones costs the same for one as for many.
    if (room < MOST_AT_WORK[priority] / 2) return
    const fetched = await this.#deps.jobs.fetchTurns(priority, Math.min(room, FETCHED_AT_ONCE))
    if (fetched.length === 0) return
    if (fetched.length === FETCHED_AT_ONCE) this.#pollAgain = true
    for (const held of await this.#load(priority, fetched)) await this.#handOut(worker, held)
  }

  /** What of them there is to do; the jobs of others have come to their end. */
  async #load(
    priority: Priority,
    fetched: readonly FetchedJob<TurnData>[],
  ): Promise<readonly (readonly [HeldClaim, ClaimedMessage])[]> {
    const { transactions, jobs, node } = this.#deps
    const byMessage = new Map(fetched.map((job) => [job.data.message, job]))
    const rows = await transactions.run(async (tx) => {
      const wanted = fetched.map(({ id, data }) => ({ message: data.message, job: id }))
      // A message that another job carries by now is another's.
      const { rows: there } = await sql<Row>`update wecom_push.messages set worker = ${node}
        from json_to_recordset(${JSON.stringify(wanted)}::json) as fetched(message text, job uuid)
        where messages.id = fetched.message and messages.job = fetched.job and state = 'open' and not behind
        returning messages.*, (select coalesce(max(number), 0) from wecom_push.calls
          where calls.message = messages.seq) as call_count`.execute(tx)
      const ids = new Set(there.map((row) => text(row, "id")))
      await jobs.finish(
        tx,
        priority,
        fetched.filter(({ data }) => !ids.has(data.message)),
      )
      return there
    })
    return rows.toSorted(longestDueFirst).flatMap((row) => {
      const job = byMessage.get(text(row, "id"))
      return job === undefined ? [] : [this.#claimed(row, priority, job)]
    })
  }

  #claimed(row: Row, priority: Priority, job: FetchedJob<TurnData>): readonly [HeldClaim, ClaimedMessage] {
    const { counts, chunk } = toStored(row)
    const [id, app] = [text(row, "id"), text(row, "app")]
    const held = this.#deps.claims.take({
      id,
      app,
      priority,
      seq: integer(row, "seq"),
      version: integer(row, "version"),
      job: { id: job.id, retryCount: job.retryCount },
    })
    return [
      held,
      {
        messageId: id,
        claim: held.claim,
        message: toMessage(row),
        counts,
        chunkCount: integer(row, "chunk_count"),
        callCount: integer(row, "call_count"),
        chunk,
      },
    ]
  }

  async #handOut(worker: Worker, [held, claimed]: readonly [HeldClaim, ClaimedMessage]): Promise<void> {
    // Who has not been asked about the app yet does not know it.
    await worker.readiness(held.app)
    const slot = this.#slotFor(held.priority)
    const handedOut: HandedOut = { held, turn: worker.begin(claimed, slot), done: Promise.resolve() }
    this.#handedOut.set(held.job.id, handedOut)
    handedOut.done = this.#takeBack(handedOut).finally(() => {
      this.#handedOut.delete(held.job.id)
      this.#deps.claims.drop(held)
      slot.release()
    })
  }

  async #takeBack({ held, turn }: HandedOut): Promise<void> {
    const next = await turn.ended
    // Its job goes to another when its heartbeat has ended.
    if (next === undefined) return
    try {
      await this.#deps.transactions.run((tx, after) => this.#giveBack(tx, held, next, after))
      next.onGivenBack?.()
    } catch (error) {
      // It comes back by itself, once nobody says any more that it is being worked on.
      this.#deps.log.error({ message: held.id, code: codeOf(error) }, "a message cannot be given back")
    }
  }

  /** The end of a job and the beginning of the next are one. */
  async #giveBack(tx: Tx, held: HeldClaim, next: NextTurn, after: (effect: () => void) => void): Promise<void> {
    const { jobs, window } = this.#deps
    const { rows } = await sql<Row>`select state, behind, priority, due_at from wecom_push.messages
      where seq = ${held.seq} for update`.execute(tx)
    const [row] = rows
    if (!(await jobs.end(tx, held.priority, held.job))) return
    const isOpen = row !== undefined && text(row, "state") === "open" && !flag(row, "behind")
    const job = isOpen ? newJobId() : null
    await sql`update wecom_push.messages set job = ${job}, worker = null,
        due_at = case when ${isOpen} then ${next.atMs} else due_at end,
        lane_until = case when ${isOpen} then ${next.holdsLaneUntilMs ?? null} else lane_until end
      where seq = ${held.seq}`.execute(tx)
    if (job !== null && row !== undefined) {
      await jobs.addTurns(tx, toPriority(row), [{ job, message: held.id, at: next.atMs }])
    }
    await window.fill(tx, [held], after)
  }

  #slotFor(priority: Priority): WorkSlot {
    let isHeld = false
    const slot = {
      take: () => {
        if (isHeld) return
        isHeld = true
        this.#atWork[priority]++
      },
      release: () => {
        if (!isHeld) return
        isHeld = false
        this.#atWork[priority]--
        if (this.#atWork[priority] <= MOST_AT_WORK[priority] / 2) this.wake()
      },
    }
    slot.take()
    return slot
  }

  /** Of nodes that have died; does it by itself, too. */
  async takeOver(): Promise<void> {
    if (this.#isTakingOver || this.#deps.stopping.aborted) return
    this.#isTakingOver = true
    try {
      if ((await takeOver(this.#deps)) > 0) this.wake()
    } catch (error) {
      this.#deps.log.warn({ code: codeOf(error) }, "it cannot be told yet which nodes are alive")
    } finally {
      this.#isTakingOver = false
    }
  }

  async #touchAll(): Promise<void> {
    for (const priority of PRIORITIES) {
      const all = [...this.#handedOut.values()].filter(({ held }) => held.priority === priority)
      try {
        const ours = await this.#deps.jobs.touch(
          priority,
          all.map(({ held }) => held.job),
        )
        for (const { held, turn } of all) if (!ours.has(held.job.id) && this.#handedOut.has(held.job.id)) turn.lose()
      } catch (error) {
        this.#deps.log.warn({ code: codeOf(error) }, "the jobs at work cannot be kept yet")
      }
    }
  }
}

/** Jobs that were added together come in any order. */
function longestDueFirst(one: Row, other: Row): number {
  return integer(one, "due_at") - integer(other, "due_at") || integer(one, "seq") - integer(other, "seq")
}

const POLL_MS = 1000
/** Of the 10 s after which a job that nobody speaks for goes to another. */
const TOUCH_MS = 3000
const LOOK_FOR_DEAD_MS = 500
const TICKS_AT_ONCE = 50
const FETCHED_AT_ONCE = 200
/** Bulk keeps its tenth. */
const MOST_AT_WORK: Readonly<Record<Priority, number>> = { high: 1024, normal: 1024, bulk: 128 }
