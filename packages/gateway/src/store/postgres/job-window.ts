import { randomUUID } from "node:crypto"
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { PRIORITIES } from "../../model/message.ts"
import { toPriority } from "../message-row.ts"
import { DUE_BACK_MS } from "./due-time.ts"
import type { Jobs, NextTick } from "./jobs.ts"
import { NOW } from "./time.ts"
import type { AfterCommit, Tx } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedRow, TurnQueue } from "./turn-queue.ts"
import { isBefore, WindowFloors } from "./window-floors.ts"
import { BACKLOG, WINDOW_SIZE, WindowSizes } from "./window-sizes.ts"
import type { Group, Look, Place, Seen } from "./window-floors.ts"

/**
 * Only a limited number of the waiting messages of each app and priority have a due job: a queue with the backlog of
 * one app, or of hundreds, at its beginning would delay all other apps (`window-sizes.ts`). The transaction that stores
 * work, or ends some, fills the window again; where the next message is due later, a tick fills it then.
 */
export class JobWindow {
  readonly #jobs: Jobs
  readonly #floors = new WindowFloors()
  readonly #sizes = new WindowSizes()
  readonly #onFilled: (queues: readonly TurnQueue[]) => void

  /** @param onFilled gets, after the commit, the queues that have something due now */
  constructor(jobs: Jobs, onFilled: (queues: readonly TurnQueue[]) => void) {
    this.#jobs = jobs
    this.#onFilled = onFilled
  }

  /**
   * Called inside a transaction. Gives jobs to those messages of these groups that are due first, up to the size of the
   * window.
   *
   * The end of a job fills a full window again. But all its jobs may be ending at this moment, in transactions that see
   * neither this one nor each other. Each of these has locked its message. So if no message with a job can be locked
   * here, one more message gets a job. If one can, it stays locked until this commits: the transaction that ends its
   * job then sees the messages that wait here.
   *
   * All messages of a group robot wait for the room of one target. Those that have asked for it and come again when
   * there is some count in the window: the others would ask in vain, a hundred thousand one after another.
   * @param first numbers of messages that get a job before those that are due longer: no member is before them in their
   * lanes any more
   */
  async fill(tx: Tx, groups: readonly Group[], after: AfterCommit, first: readonly number[] = []): Promise<void> {
    const wanted = distinct(groups)
    if (wanted.length === 0) return
    const now = performance.now()
    const looks = wanted.map((group) => this.#floors.begin(group))
    const sizes = this.#sizes.sizesFor(wanted, now)
    const preferred = preferredOf(first)
    // A join with the picked rows would read all messages: the planner expects many groups, and many of each.
    const { rows } = await sql<FilledRow>`
      with wanted as materialized (
        select app, priority, ${FROM_DUE} as from_due, ${FROM_SEQ} as from_seq,
          case when held.app is null then wanted.size when held.until <= ${NOW} then 1 else 0 end as size,
          exists (select from wecom_push.apps where name = wanted.app and kind = 'robot') as is_robot
        from ${rowsOf(looks, sizes)} left join wecom_push.held_apps as held using (app)
      ), looked as materialized (
        select wanted.*, ready.*, waiting.*, queued.*
        from wanted cross join lateral (
          select count(*) as ready_count, min(due_at) as ready_due, (array_agg(seq))[1] as ready_seq from (
            select due_at, seq from wecom_push.messages where messages.app = wanted.app
              and messages.priority = wanted.priority and job is not null and due_at <= ${NOW}
              and (due_at, seq) >= (from_due, from_seq) order by due_at, seq limit ${WINDOW_SIZE}
          ) as first_ones
        ) as ready left join lateral (
          select count(*) as waiting_count, min(due_at) as waiting_due, (array_agg(seq))[1] as waiting_seq from (
            select due_at, seq from wecom_push.messages
            where messages.app = wanted.app and messages.priority = wanted.priority and due_at is not null
              and job is null and due_at <= ${NOW} and (due_at, seq) >= (from_due, from_seq)
            order by due_at, seq limit ${BACKLOG}
          ) as first_ones
        ) as waiting on true cross join lateral (
          select count(*) as queued_count from (
            select from wecom_push.messages where is_robot and messages.app = wanted.app
              and messages.priority = wanted.priority and due_at > ${NOW} and ${IS_QUEUED} limit size
          ) as first_ones
        ) as queued
      ), certain as materialized (
        select looked.app, looked.priority from looked cross join lateral (
          select seq from wecom_push.messages where messages.app = looked.app
            and messages.priority = looked.priority and job is not null and due_at <= ${NOW}
            and (due_at, seq) >= (from_due, from_seq) order by due_at desc, seq desc limit 1 for key share skip locked
        ) as last_one
        where size between 1 and ready_count and waiting_count > 0 and queued_count = 0
      )${preferred.table}, picked as (
        select message.seq from looked left join certain using (app, priority) cross join lateral (
          select seq from wecom_push.messages
          where messages.app = looked.app and messages.priority = looked.priority and due_at is not null
            and job is null and due_at <= ${NOW} and (due_at, seq) >= (waiting_due, waiting_seq)${preferred.others}
          order by due_at, seq limit greatest(
            case when size > 0 and queued_count = 0 and certain.app is null then 1 else 0 end,
            size - ready_count - queued_count${preferred.less}) for update skip locked
        ) as message${preferred.rows}
      ), filled as (
        update wecom_push.messages set job = gen_random_uuid() where seq = any(array(select seq from picked))
        returning messages.id, messages.app, messages.priority, messages.by_holder, messages.job
      )
      select priority, by_holder, id, job, app, null::integer as size, null::bigint as ready_count,
        null::bigint as waiting_count, null::bigint as from_due, null::bigint as ready_due, null::bigint as ready_seq,
        null::bigint as waiting_due, null::bigint as waiting_seq, null::bigint as now, null::bigint as xmin,
        null::bigint as xmax from filled
      union all select priority, null, null, null, app, size, ready_count, waiting_count, from_due, ready_due, ready_seq,
        waiting_due, waiting_seq, ${NOW},
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
      from looked`.execute(tx)
    const given = rows.flatMap((row) =>
      row.id === null ? [] : { group: toGroup(row), queue: turnQueueOf(row), job: row.job, message: row.id },
    )
    const ofGroup = Map.groupBy(given, ({ group }) => keyOf(group))
    const looked = rows
      .flatMap((row) => (row.id === null ? row : []))
      .map((row) => {
        const group = toGroup(row)
        const jobs = row.ready_count + (ofGroup.get(keyOf(group))?.length ?? 0)
        return { group, jobs, isBacklog: this.#sizes.isBacklog(group, row.ready_count + row.waiting_count, row.size) }
      })
    after(() => {
      this.#noteFloors(looks, rows)
      for (const { group, jobs, isBacklog } of looked) this.#sizes.note(group, { jobs, isBacklog, at: now })
    })
    const backlogs = new Set(looked.flatMap(({ group, isBacklog }) => (isBacklog ? keyOf(group) : [])))
    const picked = given.map(({ group, ...one }) => ({
      ...one,
      priority: group.priority,
      isOfBacklog: backlogs.has(keyOf(group)),
    }))
    await this.#jobs.addTurns(tx, picked)
    await this.#setTicks(tx, looks, lookedAt(rows))
    if (picked.length > 0) after(() => this.#onFilled([...new Set(picked.map(({ queue }) => queue))]))
  }

  /**
   * Like `fill`, for messages that none of our changes would have left without a job: it finds them wherever they are.
   */
  fillAnew(tx: Tx, groups: readonly Group[], after: AfterCommit): Promise<void> {
    this.#floors.forget(groups)
    return this.fill(tx, groups, after)
  }

  #noteFloors(looks: readonly Look[], rows: readonly FilledRow[]): void {
    for (const row of rows) {
      if (row.id !== null) continue
      const { app, priority } = toGroup(row)
      const look = looks.find(({ group }) => group.app === app && group.priority === priority)
      if (look === undefined) continue
      this.#floors.note(row.from_due === 0 ? { ...look, first: undefined } : look, firstOf(row), row)
    }
  }

  /**
   * Called inside a transaction: no message of this app gets a job before then, and only one until the app is freed.
   */
  async hold(tx: Tx, app: string, until: number, after: AfterCommit): Promise<void> {
    await sql`insert into wecom_push.held_apps (app, until) values (${app}, ${until})
      on conflict (app) do update set until = excluded.until`.execute(tx)
    await this.fill(tx, groupsOf(app), after)
  }

  /** Inside a transaction: the app is open again, if it was held. */
  async free(tx: Tx, app: string, after: AfterCommit): Promise<void> {
    const { numAffectedRows } = await sql`delete from wecom_push.held_apps where app = ${app}`.execute(tx)
    if (numAffectedRows === 1n) await this.fill(tx, groupsOf(app), after)
  }

  /**
   * Sets a tick for the first message that is due later, or for when its app may send, unless the end of a job fills
   * the window before. Each time has a tick of its own: transactions that are about to commit do not see the rows
   * stored here, and may know of a later time only. Later ticks are no longer needed, since each tick sets the next.
   * @param at when the window was looked at: a message that has become due since got no job, and needs a tick
   */
  async #setTicks(tx: Tx, looks: readonly Look[], at: number): Promise<void> {
    for (;;) {
      const missing = await this.#jobs.missingTicks(tx, await findNext(tx, looks, at))
      if (missing.length === 0) return
      await this.#jobs.addTicks(tx, missing)
      // A tick that another transaction adds at this moment exists once that has committed.
    }
  }
}

/** SQL condition on a message: it has a job, and waits for the room of its target. */
export const IS_QUEUED = sql`(job is not null and chunk like '%"target_rate"%')`

/**
 * The parts of the statement for messages that get a job before others. Without such messages the parts are empty, so
 * that the statement stays as short as possible.
 */
function preferredOf(
  first: readonly number[],
): Readonly<Record<"table" | "others" | "less" | "rows", RawBuilder<unknown>>> {
  if (first.length === 0) return { table: sql``, others: sql``, less: sql``, rows: sql`` }
  return {
    table: sql`, preferred as materialized (
        select seq, app, priority from looked join wecom_push.messages using (app, priority)
        where messages.seq = any(${first}::bigint[]) and job is null and due_at <= ${NOW} and queued_count = 0
          and not exists (select from wecom_push.held_apps as held where held.app = looked.app)
        for update of messages skip locked
      )`,
    others: sql` and seq <> all(array(select seq from preferred))`,
    less: sql` - (select count(*) from preferred where preferred.app = looked.app and preferred.priority = looked.priority)`,
    rows: sql` union all select seq from preferred`,
  }
}

/** When the window was looked at, by the database's clock. */
function lookedAt(rows: readonly FilledRow[]): number {
  const row = rows.find((one) => one.id === null)
  if (row === undefined) throw new Error("a row of each group was expected")
  return row.now
}

/** For each group, the first message that was due later at that moment, or that its app may send later. */
async function findNext(tx: Tx, looks: readonly Look[], at: number): Promise<readonly NextTick[]> {
  const then = sql`${at}::bigint`
  const { rows } = await sql<NextTick>`
    select wanted.app, wanted.priority, greatest(due_at, held.until) as at
    from ${rowsOf(looks)} left join wecom_push.held_apps as held on held.app = wanted.app and held.until > ${then}
    cross join lateral (
      select due_at from wecom_push.messages
      where messages.app = wanted.app and messages.priority = wanted.priority and due_at is not null and job is null
        and (due_at, seq) >= (case when held.app is null then ${then} + 1 else ${FROM_DUE} end,
          case when held.app is null then 0 else ${FROM_SEQ} end) order by due_at, seq limit 1
    ) as message`.execute(tx)
  return rows
}

/** @param sizes how many jobs each may have */
function rowsOf(looks: readonly Look[], sizes: readonly number[] = []): RawBuilder<unknown> {
  const rows = looks.map(({ group: { app, priority }, from: { dueAt, seq } }, index) => ({
    size: sizes[index],
    app,
    priority: PRIORITIES.indexOf(priority),
    due: dueAt,
    seq,
  }))
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as wanted(app text, priority smallint, size integer, due bigint, seq bigint)`
}

/**
 * False when the clock was set back, so that messages may appear below that place now: then the read starts from the
 * beginning.
 */
const IS_BELOW_ALL = sql`wanted.due <= ${NOW} - ${DUE_BACK_MS}::bigint`
const FROM_DUE = sql`case when ${IS_BELOW_ALL} then wanted.due else 0 end`
const FROM_SEQ = sql`case when ${IS_BELOW_ALL} then wanted.seq else 0 end`

/** A message that has got a job, or the seen state of a group. */
type FilledRow = (QueuedRow & { readonly app: string; readonly id: string; readonly job: string }) | SeenRow

interface SeenRow extends Seen {
  readonly priority: number
  readonly id: null
  readonly app: string
  /** How many jobs it may have. */
  readonly size: number
  readonly ready_count: number
  /** At most `BACKLOG` are counted. */
  readonly waiting_count: number
  readonly from_due: number
  readonly ready_due: number | null
  readonly ready_seq: number | null
  readonly waiting_due: number | null
  readonly waiting_seq: number | null
}

function toGroup(row: { readonly app: string; readonly priority: number }): Group {
  return { app: row.app, priority: toPriority({ ...row }) }
}

function firstOf(row: SeenRow): Place | undefined {
  const ready = toPlace(row.ready_due, row.ready_seq)
  const waiting = toPlace(row.waiting_due, row.waiting_seq)
  return ready === undefined || (waiting !== undefined && isBefore(waiting, ready)) ? waiting : ready
}

function toPlace(dueAt: number | null, seq: number | null): Place | undefined {
  return dueAt === null || seq === null ? undefined : { dueAt, seq }
}

/** A separate job for a turn that is due later: it waits by itself, and in no window. */
export function newJobId(): string {
  return randomUUID()
}

function groupsOf(app: string): readonly Group[] {
  return PRIORITIES.map((priority) => ({ app, priority }))
}

function distinct(groups: readonly Group[]): readonly Group[] {
  return [...new Map(groups.map(({ app, priority }) => [keyOf({ app, priority }), { app, priority }])).values()]
}

function keyOf({ app, priority }: Group): string {
  return `${priority} ${app}`
}
