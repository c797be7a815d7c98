import { sql } from "kysely"
import { fromKysely, PgBoss, systemClock } from "pg-boss"
import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import type { Pool } from "pg"
import type { Row } from "../row.ts"
import { toPriority } from "../message-row.ts"
import { NOW } from "./time.ts"
import { openPool } from "./connection.ts"
import type { Database } from "./connection.ts"
import type { Tx } from "./transactions.ts"
import { ROBOTS, TURN_QUEUES } from "./turn-queue.ts"
import type { QueuedJob, TurnQueue } from "./turn-queue.ts"

/** The attempt at a job. Of two nodes that have fetched one job, the later has the greater number. */
export interface JobAttempt extends QueuedJob {
  readonly retryCount: number
}

export interface FetchedJob extends JobAttempt {
  readonly data: JobData
}

interface FetchedTick extends Omit<JobAttempt, "queue"> {
  readonly data: TickData
}

/** A message whose turn is due. */
interface JobData {
  readonly message: string
  /** More of its app and priority was due than got jobs. An older node neither writes nor reads it. */
  readonly isOfBacklog?: boolean
}

/** Messages of an app and priority of which some have to get jobs now. */
interface TickData {
  readonly app: string
  readonly priority: Priority
}

export interface NewTurn extends JobData {
  readonly queue: TurnQueue
  readonly job: string
  /** Where all priorities have one queue, high is fetched first. */
  readonly priority: Priority
  /** When it is due; now unless given. */
  readonly at?: number
}

export interface Touched {
  readonly ours: ReadonlySet<JobAttempt>
  /** The jobs that no transaction locks at this moment. */
  readonly touched: ReadonlySet<JobAttempt>
}

/** When the first message of an app and priority without a job is due. */
export interface NextTick {
  readonly app: string
  readonly priority: number
  readonly at: number
}

export interface NewTick extends TickData {
  readonly at: number
  /** At most one waits for each key. */
  readonly key: string
}

export interface JobsOptions {
  readonly url: string
  /** How many connections pg-boss opens for itself. */
  readonly maxConnections: number
  /** There is a pooler in front of the server. */
  readonly isPooled?: boolean
  /** pg-boss continues by itself after such an error: a lost connection, a failed pass. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * pg-boss: it decides which node works on which message and when, and hands the message out again after the node's
 * death. Job data are ids only. No other module knows pg-boss or its tables. A statement here goes past its API only
 * where a test fails without it.
 */
export class Jobs implements AsyncDisposable {
  readonly #boss: PgBoss
  readonly #query: Query
  readonly #resources: AsyncDisposableStack

  /** @throws any error of the start */
  static async start({ url, maxConnections, isPooled = false, onTrouble }: JobsOptions): Promise<Jobs> {
    await using resources = new AsyncDisposableStack()
    const open = (isPatient: boolean): Pool =>
      openPool({ url, maxConnections, isPooled, isPatient, onLost: onTrouble }, { application_name: "wecom-push jobs" })
    const patient = open(true)
    let pool = patient
    resources.defer(() => pool.end())
    const query: Query = (text, values) => pool.query<Row>(text, values)
    const boss = new PgBoss({
      db: { executeSql: query },
      schema: SCHEMA,
      clock: STEADY,
      schedule: false,
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
      // The spans of jobs, each with a trace of its own, would hide the spans of messages.
      openTelemetry: { enabled: false },
    })
    // Without a listener the first error of the database would end the process.
    boss.on("error", onTrouble)
    resources.defer(() => boss.stop({ graceful: false }))
    await boss.start()
    for (const name of QUEUES) {
      await boss.createQueue(name, name === TICKS ? { ...QUEUE_OPTIONS, policy: "short" } : QUEUE_OPTIONS)
      // A queue of an earlier version would otherwise keep its options.
      await boss.updateQueue(name, QUEUE_OPTIONS)
    }
    // From here on its statements are short.
    pool = open(false)
    await patient.end()
    return new Jobs(boss, query, resources.move())
  }

  private constructor(boss: PgBoss, query: Query, resources: AsyncDisposableStack) {
    this.#boss = boss
    this.#query = query
    this.#resources = resources
  }

  /** The queues with jobs to fetch. A fetch without result would cost the database as much for each queue. */
  async due(db: Database): Promise<readonly Name[]> {
    const { rows } = await sql<{ name: string }>`select name from unnest(${QUEUES}::text[]) as queue(name)
      where exists (select from wecom_push_jobs.job where job.name = queue.name and state < 'active' and not blocked
        and start_after <= wecom_push_jobs.job_now())`.execute(db)
    const names = new Set(rows.map(({ name }) => name))
    return ALL.filter((queue) => names.has(queueOf(queue)))
  }

  /** @param ofBacklogs leaves out apps with little to send, whose turns come first otherwise */
  async fetchTurns(queue: TurnQueue, most: number, ofBacklogs = false): Promise<readonly FetchedJob[]> {
    const fetched = await this.#boss.fetch<JobData>(queueOf(queue), {
      batchSize: most,
      ...(ofBacklogs && { maxPriority: BEHIND_OTHERS }),
    })
    return fetched.map(({ id, retryCount, data }) => ({ queue, id, retryCount, data }))
  }

  fetchTicks(most: number): Promise<readonly FetchedTick[]> {
    return this.#boss.fetch<TickData>(TICKS, { batchSize: most })
  }

  /** Inside a transaction. */
  async addTurns(tx: Tx, turns: readonly NewTurn[]): Promise<void> {
    for (const [queue, ofIt] of byQueue(turns)) {
      await this.#boss.insert(
        queueOf(queue),
        ofIt.map(({ job, message, priority, at, isOfBacklog }) => ({
          id: job,
          data: { message, ...(isOfBacklog === true && { isOfBacklog }) } satisfies JobData,
          priority: queue === ROBOTS ? PRIORITIES.length - PRIORITIES.indexOf(priority) : placeOf(isOfBacklog),
          ...(at !== undefined && { startAfter: new Date(at) }),
        })),
        { db: fromKysely(tx) },
      )
    }
  }

  /**
   * Called inside a transaction. A tick that comes soon is locked until the end of the transaction, or it could run
   * before the rows stored here are visible. A later tick needs no lock: all transactions that store messages for that
   * moment would wait for it.
   * @returns the ticks that do not wait yet
   */
  async missingTicks(tx: Tx, next: readonly NextTick[]): Promise<readonly NewTick[]> {
    // Mostly there is none, and planning this query takes longer than all else.
    if (next.length === 0) return []
    const { rows } = await sql<NextTick & { key: string }>`
      with next as materialized (
        select app, priority, at, concat(priority, ' ', app, ' ', at) as key, at <= ${NOW} + ${SOON_MS}::bigint as is_soon
        from json_to_recordset(${JSON.stringify(next)}::json) as next(app text, priority smallint, at bigint)
      ), locked as materialized (
        select key from next join wecom_push_jobs.job on ${ITS_TICK} where is_soon for key share of job
      )
      select app, priority, at, key from next
      where case when is_soon then not exists (select from locked where locked.key = next.key)
        else not exists (select from wecom_push_jobs.job where ${ITS_TICK}) end`.execute(tx)
    return rows.map((row) => ({ app: row.app, priority: toPriority({ ...row }), at: row.at, key: row.key }))
  }

  /** Inside a transaction. Ticks that wait already stay as they are; those after these are removed. */
  async addTicks(tx: Tx, ticks: readonly NewTick[]): Promise<void> {
    await this.#boss.insert(
      TICKS,
      ticks.map(({ app, priority, at, key }) => ({
        data: { app, priority } satisfies TickData,
        singletonKey: key,
        startAfter: new Date(at),
      })),
      { db: fromKysely(tx) },
    )
    const needless = await findNeedlessTicks(tx, ticks)
    if (needless.length > 0) await this.#boss.deleteJob(TICKS, [...needless], { db: fromKysely(tx) })
  }

  /** Inside a transaction: these are done. */
  async finishTicks(tx: Tx, ticks: readonly FetchedTick[]): Promise<void> {
    await this.#boss.deleteJob(TICKS, attempts(ticks), { db: fromKysely(tx) })
  }

  /** Inside a transaction: these are done. @returns only those that no other node has fetched meanwhile */
  async finish(tx: Tx, jobs: readonly JobAttempt[]): Promise<ReadonlySet<JobAttempt>> {
    const finished = new Set<JobAttempt>()
    for (const [queue, ofIt] of byQueue(jobs)) {
      const ids = settledIds(await this.#boss.deleteJob(queueOf(queue), attempts(ofIt), { db: fromKysely(tx) }))
      // A job that this node has fetched twice, after a silence, may be among these with both attempts: its id alone
      // does not distinguish them.
      const latest = new Map<string, number>()
      for (const { id, retryCount } of ofIt) latest.set(id, Math.max(retryCount, latest.get(id) ?? 0))
      for (const job of ofIt) if (ids.has(job.id) && latest.get(job.id) === job.retryCount) finished.add(job)
    }
    return finished
  }

  /**
   * Called inside a transaction, until whose end no other node gets these jobs. pg-boss's `touch` does the same, but it
   * rewrites each row and its entries in five indexes for each call that begins: here the rows are only locked.
   * @returns the jobs that are still ours
   */
  async keep(tx: Tx, jobs: readonly JobAttempt[]): Promise<ReadonlySet<JobAttempt>> {
    const kept = new Set<JobAttempt>()
    for (const [queue, ofIt] of byQueue(jobs)) {
      const { rows } = await sql<
        Omit<JobAttempt, "queue">
      >`select id, retry_count as "retryCount" from wecom_push_jobs.job
        where name = ${queueOf(queue)} and id = any(${ofIt.map(({ id }) => id)}::uuid[]) and state = 'active'
          and (id, retry_count) in (select * from unnest(${ofIt.map(({ id }) => id)}::uuid[],
            ${ofIt.map(({ retryCount }) => retryCount)}::integer[]))
        order by id for no key update`.execute(tx)
      const found = new Set(rows.map(({ id, retryCount }) => keyOf(id, retryCount)))
      for (const job of ofIt) if (found.has(keyOf(job.id, job.retryCount))) kept.add(job)
    }
    return kept
  }

  /**
   * Sends their heartbeats. pg-boss's own method would wait for each that a transaction of ours locks at this moment,
   * in another order than that transaction locks them: a deadlock. Those are skipped, since the transaction that locks
   * one keeps it alive.
   */
  async touch(jobs: readonly JobAttempt[]): Promise<Touched> {
    const [ours, touched] = [new Set<JobAttempt>(), new Set<JobAttempt>()]
    for (const [queue, ofIt] of byQueue(jobs)) {
      const { rows } = await this.#query(TOUCH, [
        queueOf(queue),
        ofIt.map(({ id }) => id),
        ofIt.map(({ retryCount }) => retryCount),
      ])
      const found = new Map(rows.map((row) => [keyOf(row["id"], row["retry_count"]), row["touched"] === true]))
      for (const job of ofIt) {
        const isTouched = found.get(keyOf(job.id, job.retryCount))
        if (isTouched !== undefined) ours.add(job)
        if (isTouched === true) touched.add(job)
      }
    }
    return { ours, touched }
  }

  /** Inside a transaction: they will not be needed. One that was fetched meanwhile carries no message any more. */
  async drop(tx: Tx, jobs: readonly QueuedJob[]): Promise<void> {
    for (const [queue, ofIt] of byQueue(jobs)) {
      await this.#boss.deleteJob(
        queueOf(queue),
        ofIt.map(({ id }) => id),
        { db: fromKysely(tx) },
      )
    }
  }

  /** The jobs that were fetched so long ago and have not ended, ticks included. */
  async activeSince(db: Database, ms: number): Promise<readonly ActiveJob[]> {
    const found: ActiveJob[] = []
    for (const queue of ALL) {
      const { rows } = await sql<{ id: string }>`select id from wecom_push_jobs.job
        where name = ${queueOf(queue)} and state = 'active'
          and started_on < clock_timestamp() - ${ms} * interval '1 millisecond'`.execute(db)
      found.push(...rows.map(({ id }) => ({ queue, id })))
    }
    return found
  }

  /**
   * Lets other nodes work on these jobs at once, since their node has died. Jobs that were fetched anew meanwhile stay
   * as they are.
   */
  async release(db: Database, jobs: readonly ActiveJob[]): Promise<void> {
    for (const [queue, ofIt] of byQueue(jobs)) {
      const name = queueOf(queue)
      const { rows } = await sql<
        Omit<JobAttempt, "queue">
      >`select id, retry_count as "retryCount" from wecom_push_jobs.job
        where name = ${name} and id = any(${ofIt.map(({ id }) => id)}::uuid[]) and state = 'active'`.execute(db)
      if (rows.length > 0) await this.#boss.fail(name, attempts(rows))
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync()
  }
}

/** The names that `queueOf` turns into queues of pg-boss. */
type Name = TurnQueue | "ticks"

interface ActiveJob {
  readonly queue: Name
  readonly id: string
}

type Query = (text: string, values?: unknown[]) => Promise<{ rows: Row[] }>

const TOUCH = `with asked as (
    select id, retry_count from unnest($2::uuid[], $3::integer[]) as asked (id, retry_count)
  ), ours as materialized (
    select job.id, job.retry_count from asked join wecom_push_jobs.job on job.name = $1 and job.id = asked.id
      and job.state = 'active' and job.retry_count = asked.retry_count
  ), free as materialized (
    select job.id from wecom_push_jobs.job
    where name = $1 and id = any(array(select id from ours)) and state = 'active' for update skip locked
  ), done as (
    update wecom_push_jobs.job set heartbeat_on = wecom_push_jobs.job_now()
    where name = $1 and id = any(array(select id from free)) returning id
  )
  select ours.id, ours.retry_count, done.id is not null as touched from ours left join done using (id)`

function placeOf(isOfBacklog: boolean | undefined): number {
  return isOfBacklog === false ? AHEAD_OF_BACKLOGS : BEHIND_OTHERS
}

/**
 * The ticks later than those added here, which are no longer needed. A tick that comes soon makes no other needless: a
 * transaction that relies on a later tick, and has not committed yet, would not be visible by then.
 */
async function findNeedlessTicks(tx: Tx, added: readonly NewTick[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select job.id
    from json_to_recordset(${JSON.stringify(added)}::json) as added(app text, priority text, at bigint)
    join wecom_push_jobs.job on job.name = 'ticks' and job.state = 'created'
      and job.start_after > to_timestamp(added.at / 1000.0)
      and job.data->>'app' = added.app and job.data->>'priority' = added.priority
    where added.at > ${NOW} + ${SOON_MS}::bigint for update of job skip locked`.execute(tx)
  return rows.map(({ id }) => id)
}

/** SQL condition on a message: its job exists, in whichever state. */
export const HAS_JOB = sql`exists (select from wecom_push_jobs.job where job.id = messages.job)`

/** Written like the index of pg-boss. */
const ITS_TICK = sql`name = 'ticks' and coalesce(singleton_key, '') = next.key and job.state = 'created'
  and policy = 'short'`

function keyOf(id: unknown, retryCount: unknown): string {
  return `${String(id)} ${String(retryCount)}`
}

function attempts(jobs: readonly Omit<JobAttempt, "queue">[]): Omit<JobAttempt, "queue">[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }))
}

function settledIds(response: object): ReadonlySet<unknown> {
  if (!("settled" in response) || !Array.isArray(response.settled)) throw new TypeError("no ids of jobs")
  return new Set(response.settled)
}

/** All transactions use the queues in this order, or two would wait for each other. */
function byQueue<One extends { readonly queue: Name }>(all: readonly One[]): readonly [Name, readonly One[]][] {
  const found: Map<Name, One[]> = Map.groupBy(all, ({ queue }) => queue)
  return [...found].toSorted(([one], [other]) => ALL.indexOf(one) - ALL.indexOf(other))
}

function queueOf(queue: Name): string {
  return queue === TICKS ? TICKS : `turns_${queue}`
}

const SCHEMA = "wecom_push_jobs"
/**
 * Its passes follow a monotonic clock. By the wall clock, once that is set back, they would only run when it shows the
 * former time again, and jobs of silent nodes would wait as long.
 */
const STEADY = { ...systemClock, now: () => Math.round(performance.timeOrigin + performance.now()) }
const TICKS = "ticks"
/** Longer than any transaction that stores messages that are due then. */
const SOON_MS = 120_000
/** The value that an older node writes, too. */
const BEHIND_OTHERS = 0
const AHEAD_OF_BACKLOGS = 1
const ALL: readonly Name[] = [...TURN_QUEUES, TICKS]
const QUEUES = ALL.map(queueOf)
/** Some twenty statements each time: run more often, they would be most of an idle node's work. */
const SUPERVISE_SECONDS = 8
/** Crashes use up retries, and jobs that are not fetched are deleted after the retention: neither must ever end a message. */
const QUEUE_OPTIONS = {
  retryLimit: 1_000_000,
  retryDelay: 0,
  heartbeatSeconds: 10,
  // The longest possible time: a turn may look up a million numbers, and the heartbeat shows whether its node is alive.
  expireInSeconds: 86_400,
  retentionSeconds: 400 * 86_400,
  deleteAfterSeconds: 3600,
} as const
