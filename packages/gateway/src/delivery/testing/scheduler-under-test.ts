import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import type { Priority } from "../../model/message.ts"
import { emptyCounts } from "../../model/recipients.ts"
import type { ClaimQuery, ClaimStore, Due, ExpiredQuery, Release, Waiting } from "../../model/ports/claims.ts"
import type { Claim, ClaimedMessage } from "../../model/ports/outbox.ts"
import type { NextTurn, Readiness, Worker, WorkPlace } from "../../model/ports/work.ts"
import { aRequest, HOUR_MS, NOON } from "../../store/testing/build.ts"
import { localQueue } from "../queue/scheduler.ts"
import { ManualClock } from "./manual-clock.ts"

interface Row {
  readonly id: string
  readonly app: string
  readonly priority: Priority
  dueAt: number
  /** The time in the store. */
  expiresAt: number
  isClaimed: boolean
  /** The time in the message, if it differs: the store has not followed a clock that was set. */
  readonly livesUntil?: number
  readonly acceptedAt?: number
  readonly sendAt?: number
}

interface Handed {
  readonly id: string
  readonly slot: WorkPlace
  isLost: boolean
  /** Undefined: the message is finished. */
  end(next?: NextTurn): void
  fail(error: Error): void
}

/** A scheduler over a store in memory, which notes what it is asked for. */
export class SchedulerUnderTest {
  readonly machine = new ManualClock()
  readonly stopping = new AbortController()
  readonly rows: Row[] = []
  readonly handed: Handed[] = []
  readonly log: { readonly fields: object; readonly sentence: string }[] = []
  readonly readinessOf = new Map<string, Readiness>()
  /** Apps that were looked at, in order, and those whose rows were asked for. */
  readonly looks: string[] = []
  readonly asked: string[] = []
  looksAtAll = 0
  readonly claims: ClaimQuery[] = []
  readonly expiredQueries: ExpiredQuery[] = []
  readonly renewals: { readonly ids: readonly string[]; readonly until: number }[] = []
  readonly releases: Release[] = []
  listeners = 0
  /** The errors of the next calls. */
  readonly troubles: { waiting?: Error; release?: Error } = {}
  held: (id: string) => boolean = () => true
  ready: () => Promise<void> = () => Promise.resolve()
  /** How often the worker was asked whether it is ready. */
  turns = 0
  onWaiting: () => Promise<void> = () => Promise.resolve()
  #tell: ((due?: Due) => void) | undefined
  #claims = 0

  readonly store: ClaimStore & { unfinished(): Promise<number> } = {
    unfinished: async () => this.rows.length,
    appsWithWork: async () => {
      this.looksAtAll++
      return [...new Set(this.rows.map(({ app }) => app))]
    },
    waiting: async (app, _now, of) => {
      this.asked.push(app)
      await this.onWaiting()
      const { waiting: trouble } = this.troubles
      delete this.troubles.waiting
      if (trouble !== undefined) throw trouble
      return this.#waiting(app).filter(({ priority }) => of === undefined || of.includes(priority))
    },
    onWork: (listener) => {
      this.listeners++
      this.#tell = listener
      return () => {
        this.listeners--
        this.#tell = undefined
      }
    },
    claim: async (query) => {
      this.claims.push(query)
      const { app, priority, now, limit } = query
      const due = this.rows.filter((row) => row.app === app && row.priority === priority && row.dueAt <= now)
      return this.#claim(due, limit)
    },
    claimExpired: async (query) => {
      this.expiredQueries.push(query)
      return this.#claim(
        this.rows.filter(({ expiresAt }) => expiresAt <= query.now),
        query.limit,
      )
    },
    renew: async (claims: readonly Claim[], until) => {
      this.renewals.push({ ids: claims.map(({ messageId }) => messageId), until })
      return claims.map(({ messageId }) => this.held(messageId))
    },
    release: async (releases) => {
      const { release: trouble } = this.troubles
      delete this.troubles.release
      if (trouble !== undefined) throw trouble
      this.releases.push(...releases)
      for (const { messageId, nextAt } of releases) {
        const row = this.rows.find(({ id }) => id === messageId)
        if (row !== undefined) Object.assign(row, { dueAt: nextAt, isClaimed: false })
        if (row !== undefined) this.#tell?.({ app: row.app, at: nextAt })
      }
    },
  }

  readonly worker: Worker = {
    ready: () => {
      this.turns++
      return this.ready()
    },
    endExpired: () => Promise.resolve(false),
    readiness: async (app) => {
      this.looks.push(app)
      return this.readinessOf.get(app) ?? { kind: "open" }
    },
    begin: ({ messageId }, slot) => {
      const { promise, resolve, reject } = Promise.withResolvers<NextTurn | undefined>()
      const handed: Handed = { id: messageId, slot, isLost: false, end: resolve, fail: reject }
      this.handed.push(handed)
      return {
        ended: promise,
        interrupt: () => undefined,
        lose: () => {
          handed.isLost = true
          resolve(undefined)
        },
      }
    },
  }

  readonly queue = localQueue(this.store)({
    clock: new JumpAwareClock(this.machine),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, sentence) => void this.log.push({ fields, sentence }),
    },
    stopping: this.stopping.signal,
  })

  /** Started, with nothing to do. */
  static async started(): Promise<SchedulerUnderTest> {
    const under = new SchedulerUnderTest()
    under.queue.start(under.worker)
    await under.quiet()
    under.forget()
    return under
  }

  /** Forgets all notes so far. */
  forget(): void {
    for (const notes of [this.looks, this.asked, this.claims, this.expiredQueries, this.renewals, this.releases])
      notes.length = 0
    this.looksAtAll = 0
    this.turns = 0
  }

  put(ids: readonly string[], changes: Partial<Row> = {}): void {
    for (const id of ids) {
      const row = { id, app: "alerts", priority: "normal" as const, dueAt: NOON, expiresAt: NOON + 24 * HOUR_MS }
      this.rows.push({ ...row, isClaimed: false, ...changes })
    }
  }

  /** Stores messages and wakes the queue. */
  post(ids: readonly string[], changes: Partial<Row> = {}): void {
    this.put(ids, changes)
    const { app = "alerts", dueAt } = changes
    this.#tell?.({ app, ...(dueAt !== undefined && { at: dueAt }) })
  }

  async quiet(): Promise<void> {
    for (let n = 0; n < 30; n++) await immediate()
  }

  async advance(ms: number): Promise<void> {
    this.machine.advance(ms)
    await this.quiet()
  }

  get ids(): string[] {
    return this.handed.map(({ id }) => id)
  }

  of(id: string): Handed {
    return this.handed.findLast((handed) => handed.id === id) ?? assert.fail(`${id} was not handed out`)
  }

  /** Ends a turn that has finished its message. */
  async finish(id: string): Promise<void> {
    this.rows.splice(
      this.rows.findIndex((row) => row.id === id),
      1,
    )
    this.of(id).end()
    await this.quiet()
  }

  #waiting(app: string): Waiting[] {
    const byPriority = Map.groupBy(
      this.rows.filter((row) => row.app === app),
      ({ priority }) => priority,
    )
    return [...byPriority].map(([priority, rows]) => {
      const free = rows.filter(({ isClaimed }) => !isClaimed).map(({ dueAt }) => dueAt)
      return { app, priority, unfinished: rows.length, dueAt: free.length === 0 ? undefined : Math.min(...free) }
    })
  }

  #claim(rows: readonly Row[], limit: number): ClaimedMessage[] {
    const free = rows.filter(({ isClaimed }) => !isClaimed).toSorted((a, b) => a.dueAt - b.dueAt)
    return free.slice(0, limit).map((row) => {
      row.isClaimed = true
      const { id, app, priority, expiresAt, livesUntil, acceptedAt, sendAt } = row
      const times = { expiresAt: livesUntil ?? expiresAt, ...(acceptedAt && { acceptedAt }), ...(sendAt && { sendAt }) }
      const { message } = aRequest({ id, app, priority, ...times })
      const of = { message, counts: emptyCounts(), chunkCount: 1, callCount: 0, chunk: undefined }
      return { messageId: row.id, claim: ++this.#claims, ...of }
    })
  }
}

export const numbered = (count: number, name = "msg"): string[] =>
  Array.from({ length: count }, (_, n) => `${name}_${n}`)
