import { sql } from "kysely"
import type { Database } from "./connection.ts"
import { isSame } from "./is-same.ts"
import type { Jobs } from "./jobs.ts"
import { NodesWatched } from "./nodes-watched.ts"
import type { PostgresRobotLease } from "./robot-lease.ts"
import type { Transactions } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedJob, QueuedRow } from "./turn-queue.ts"

export interface TakeoverDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly robotLease: Pick<PostgresRobotLease, "look">
}

interface LeftBehind extends QueuedJob {
  readonly seq: number
  readonly worker: number
}

/**
 * Gives the jobs of dead nodes to other nodes, long before their heartbeats have ended: with its session a node loses
 * the lock that marks it as alive. The fence stops a node that has only lost its session, so that it repeats no call
 * that another node has begun.
 */
export class Takeover {
  readonly #deps: TakeoverDeps
  readonly #nodes = new NodesWatched()
  /** Until then it looks for jobs that no node has recorded, since a node has died a moment ago. */
  #looksForUnnotedUntil = -Infinity

  constructor(deps: TakeoverDeps) {
    this.#deps = deps
  }

  /**
   * Looks for such nodes, which costs a statement where there are none, and keeps or takes the lease of smart robots, which
   * may have been theirs.
   * @returns how many jobs
   */
  async run(): Promise<number> {
    const { transactions, robotLease } = this.#deps
    let isRobotLeaseFree = false
    const left = await transactions.read(async (db) => {
      const { dead, hasDied, ...looked } = await this.#nodes.look(db)
      isRobotLeaseFree = looked.isRobotLeaseFree
      if (hasDied) this.#looksForUnnotedUntil = performance.now() + LOOKS_FOR_UNNOTED_MS
      return dead.length === 0 ? [] : leftBy(db, dead)
    })
    await robotLease.look(isRobotLeaseFree)
    this.#nodes.forgetDeadWithout(new Set(left.map(({ worker }) => worker)))
    if (left.length > 0) await this.#free(left)
    const unnoted = performance.now() < this.#looksForUnnotedUntil ? await this.#releaseUnnoted() : 0
    return left.length + unnoted
  }

  async #free(left: readonly LeftBehind[]): Promise<void> {
    const { transactions, jobs } = this.#deps
    // All at once: a node may have had a thousand in work.
    await transactions.read((db) => jobs.release(db, left))
    // Another node may have fetched one by now, and works on it.
    await transactions.single((db) =>
      sql`with freed as (
          select seq from wecom_push.messages join unnest(${left.map(({ seq }) => seq)}::bigint[],
            ${left.map(({ id }) => id)}::uuid[], ${left.map(({ worker }) => worker)}::integer[]) as was (seq, job, worker)
            using (seq)
          where ${isSame(sql`messages.job`, sql`was.job`)} and ${isSame(sql`messages.worker`, sql`was.worker`)}
          order by seq for update of messages
        )
        update wecom_push.messages set worker = null from freed where messages.seq = freed.seq`.execute(db),
    )
  }

  /**
   * Releases jobs that were fetched and that no node has recorded as its own: a dead node may have had them. A living
   * node records them at once; if it is slow, the fence shows it that other nodes have its jobs.
   */
  async #releaseUnnoted(): Promise<number> {
    const { transactions, jobs } = this.#deps
    return transactions.read(async (db) => {
      const active = await jobs.activeSince(db, NOTED_WITHIN_MS)
      if (active.length === 0) return 0
      const { rows } = await sql<{ job: string }>`select job from wecom_push.messages
        where job = any(${active.map(({ id }) => id)}::uuid[]) and worker is not null`.execute(db)
      const noted = new Set(rows.map(({ job }) => job))
      const unnoted = active.filter(({ id }) => !noted.has(id))
      await jobs.release(db, unnoted)
      return unnoted.length
    })
  }
}

/**
 * Uses the index of workers: the index of jobs, which the planner may choose, also has the entries of finished
 * messages.
 */
async function leftBy(db: Database, nodes: readonly number[]): Promise<readonly LeftBehind[]> {
  const { rows } = await sql<QueuedRow & { seq: number; job: string; worker: number }>`
    with theirs as materialized (
      select seq, job, worker, priority, by_holder from wecom_push.messages where worker = any(${nodes}::integer[])
    )
    select seq, job, worker, priority, by_holder from theirs where job is not null limit ${AT_ONCE}`.execute(db)
  return rows.map(({ seq, job, worker, ...row }): LeftBehind => ({ seq, id: job, worker, queue: turnQueueOf(row) }))
}

const AT_ONCE = 1000
/** A living node records its jobs within this time after it fetched them. */
const NOTED_WITHIN_MS = 1000
const LOOKS_FOR_UNNOTED_MS = NOTED_WITHIN_MS + 2000
