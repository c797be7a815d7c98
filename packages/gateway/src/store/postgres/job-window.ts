import { randomUUID } from "node:crypto"
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { PRIORITIES } from "../../domain/message.ts"
import type { Priority } from "../../domain/message.ts"
import { toPriority } from "../message-row.ts"
import type { Jobs, NewTick } from "./jobs.ts"
import { NOW } from "./time.ts"
import type { AfterCommit, Tx } from "./transactions.ts"

/** Messages of an app with one priority: what the jobs of a window are of. */
export interface Group {
  readonly app: string
  readonly priority: Priority
}

/**
 * Of all messages that wait only so many of each app and priority have a job that is due, because a queue with the backlog
 * of one app in front would hold up all the others. The transaction that stores work, or ends some, fills the window
 * again; where the next is due later, a tick does then.
 */
export class JobWindow {
  readonly #jobs: Jobs
  readonly #onFilled: (priorities: readonly Priority[]) => void

  /** @param onFilled told after the commit of which priorities something is due now */
  constructor(jobs: Jobs, onFilled: (priorities: readonly Priority[]) => void) {
    this.#jobs = jobs
    this.#onFilled = onFilled
  }

  /** Inside a transaction. Gives jobs to the messages of these groups that are due first, up to the size of the window. */
  async fill(tx: Tx, groups: readonly Group[], after: AfterCommit): Promise<void> {
    const wanted = distinct(groups)
    if (wanted.length === 0) return
    // Joined to what is picked, all messages would be read: the planner expects many groups, and many of each.
    const { rows } = await sql<{ id: string; priority: number; job: string }>`
      with wanted as (
        select app, priority,
          ${sizeOfWindow(sql`held`)} as size
        from json_to_recordset(${JSON.stringify(wanted.map(toRow))}::json) as wanted(app text, priority smallint)
        left join wecom_push.held_apps as held using (app)
      ), picked as (
        select message.seq from wanted cross join lateral (
          select seq from wecom_push.messages
          where messages.app = wanted.app and messages.priority = wanted.priority and due_at is not null
            and job is null and due_at <= ${NOW}
          order by due_at, seq limit greatest(0, wanted.size - (
            select count(*) from (
              select 1 from wecom_push.messages as ready where ready.app = wanted.app
                and ready.priority = wanted.priority and ready.job is not null and ready.due_at <= ${NOW} limit ${WINDOW_SIZE}
            ) as full_ones
          )) for update skip locked
        ) as message
      )
      update wecom_push.messages set job = gen_random_uuid() where seq = any(array(select seq from picked))
      returning messages.id, messages.priority, messages.job`.execute(tx)
    const filled = Map.groupBy(rows, (row) => toPriority({ ...row }))
    for (const [priority, ofIt] of filled) {
      await this.#jobs.addTurns(
        tx,
        priority,
        ofIt.map(({ id, job }) => ({ job, message: id })),
      )
    }
    await this.#setTicks(tx, wanted)
    if (filled.size > 0) after(() => this.#onFilled([...filled.keys()]))
  }

  /** Inside a transaction: of this app nothing gets a job before then, nor more than one message until it is freed. */
  async hold(tx: Tx, app: string, until: number, after: AfterCommit): Promise<void> {
    await sql`insert into wecom_push.held_apps (app, until) values (${app}, ${until})
      on conflict (app) do update set until = excluded.until`.execute(tx)
    await this.fill(tx, groupsOf(app), after)
  }

  /** Inside a transaction: this app goes on, if it was held. */
  async free(tx: Tx, app: string, after: AfterCommit): Promise<void> {
    const { numAffectedRows } = await sql`delete from wecom_push.held_apps where app = ${app}`.execute(tx)
    if (numAffectedRows === 1n) await this.fill(tx, groupsOf(app), after)
  }

  /**
   * For the first that is due later, or when its app may go on, unless the end of a job fills the window before. Each time
   * has a tick of its own: others that are about to commit do not see what is stored here, and may know of a later time only.
   * The later ones are not needed any more: each tick sets the next.
   */
  async #setTicks(tx: Tx, groups: readonly Group[]): Promise<void> {
    for (;;) {
      const missing = await findMissingTicks(tx, groups)
      if (missing.length === 0) return
      await this.#jobs.addTicks(tx, missing)
      await this.#jobs.dropTicks(tx, await findNeedlessTicks(tx, missing))
      // One that another adds at this moment is there when it has done so.
    }
  }
}

/** How many jobs a group may have: one that is held, its probe at most. @param held the row of its app in `held_apps` */
export function sizeOfWindow(held: RawBuilder<unknown>): RawBuilder<number> {
  return sql`case when ${held}.app is null then ${WINDOW_SIZE}::integer when ${held}.until <= ${NOW} then 1 else 0 end`
}

/** The first of each group that is due later, or when its app may go on. */
async function findNext(tx: Tx, groups: readonly Group[]): Promise<readonly NextRow[]> {
  const { rows } = await sql<NextRow>`
    select wanted.app, wanted.priority, greatest(due_at, held.until) as at
    from json_to_recordset(${JSON.stringify(groups.map(toRow))}::json) as wanted(app text, priority smallint)
    left join wecom_push.held_apps as held on held.app = wanted.app and held.until > ${NOW}
    cross join lateral (
      select due_at from wecom_push.messages
      where messages.app = wanted.app and messages.priority = wanted.priority and due_at is not null and job is null
        and due_at > case when held.app is null then ${NOW} else 0 end order by due_at, seq limit 1
    ) as message`.execute(tx)
  return rows
}

interface NextRow {
  readonly app: string
  readonly priority: number
  readonly at: number
}

/**
 * A tick that comes soon is held until the end of the transaction, or it would be done with what is stored here not yet to
 * be seen. One that comes later needs no lock, for which all that store at that moment would take turns.
 */
async function findMissingTicks(tx: Tx, groups: readonly Group[]): Promise<readonly NewTick[]> {
  const next = await findNext(tx, groups)
  // Mostly there is none, and to plan for the ticks takes longer than all else here.
  if (next.length === 0) return []
  const { rows } = await sql<NextRow & { key: string }>`
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

/**
 * Those behind ticks that are added here. None behind one that comes soon: who relies on one of these, and has not committed
 * yet, would not be seen by then.
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

/** As an index of pg-boss knows it. */
const ITS_TICK = sql`name = 'ticks' and coalesce(singleton_key, '') = next.key and job.state = 'created'
  and policy = 'short'`

/** A job of one's own for a turn that is due later: it waits by itself, and in no window. */
export function newJobId(): string {
  return randomUUID()
}

function groupsOf(app: string): readonly Group[] {
  return PRIORITIES.map((priority) => ({ app, priority }))
}

function distinct(groups: readonly Group[]): readonly Group[] {
  return [...new Map(groups.map(({ app, priority }) => [`${priority} ${app}`, { app, priority }])).values()]
}

function toRow({ app, priority }: Group): object {
  return { app, priority: PRIORITIES.indexOf(priority) }
}

/** Longer than any transaction takes that stores what is due then. */
const SOON_MS = 120_000
/** Jobs that are due, of one app and priority. */
const WINDOW_SIZE = 200
