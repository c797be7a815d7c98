import { sql } from "kysely"
import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import { toPriority } from "../message-row.ts"
import { dueTime } from "./due-time.ts"
import type { MakeDueDeps } from "./make-due.ts"
import { MemberHold } from "./member-hold.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedRow, TurnQueue } from "./turn-queue.ts"

/**
 * The clock of the database was set back: a message that waited for a later time would wait until the clock shows that
 * again. All waiting messages are made due at once, as on SQLite, and those that still have a reason to wait get a new
 * time. Scheduled messages keep their time. Each node does this by itself, and leaves rows that another has changed
 * already.
 */
export class SetBack {
  readonly #deps: MakeDueDeps

  constructor(deps: MakeDueDeps) {
    this.#deps = deps
  }

  /** @param at the time now */
  async follow(at: number): Promise<void> {
    const { transactions } = this.#deps
    if (!(await isTimeOf(transactions, at))) return
    await forgetAges(transactions)
    await this.#endPauses(transactions, at)
    let windows: WindowPlace | undefined = { agent: -1, member: "" }
    while (windows !== undefined) windows = await sendsNow(transactions, windows, at)
    let behind: Place | undefined = FIRST
    while (behind !== undefined) behind = await this.#makeDue(behind, at)
  }

  /** WeCom is asked again, and refuses once more where it has to. */
  #endPauses(transactions: Transactions, at: number): Promise<void> {
    return transactions.run(async (tx, after) => {
      await sql`update wecom_push.pauses set until = ${at}, probe_until = 0 where until > ${at}`.execute(tx)
      const { rows } = await sql<{ app: string }>`update wecom_push.held_apps set until = ${at} where until > ${at}
        returning app`.execute(tx)
      const groups = rows.flatMap(({ app }) => PRIORITIES.map((priority) => ({ app, priority })))
      await this.#deps.window.fillAnew(tx, groups, after)
    })
  }

  /** @returns the last of the page, unless it was the last page: what comes meanwhile has the present time */
  #makeDue({ expires_at: from, seq }: Place, at: number): Promise<Place | undefined> {
    const { transactions, jobs, window } = this.#deps
    return transactions.run(async (tx, after) => {
      const { rows: page } = await sql<Place>`select expires_at, seq from wecom_push.messages
        where state = 'open' and (expires_at, seq) > (${from}, ${seq}) order by expires_at, seq limit ${ROWS_AT_ONCE}`.execute(
        tx,
      )
      const due = await changeRows(tx, page, at)
      await jobs.drop(
        tx,
        due.flatMap(({ queue, job }) => (job === null ? [] : { queue, id: job })),
      )
      await window.fillAnew(tx, due, after)
      return page.length < ROWS_AT_ONCE ? undefined : page.at(-1)
    })
  }
}

/** A node's clock that differs from the database's changes nothing. */
function isTimeOf(transactions: Transactions, at: number): Promise<boolean> {
  return transactions.read(async (db) => {
    const { rows } = await sql<{ now: number }>`select ${NOW} as now`.execute(db)
    return Math.abs((rows[0]?.now ?? 0) - at) < CLOCKS_DIFFER_MS
  })
}

/**
 * It is no longer known how long ago a call went out that may have arrived: it is not repeated, like one of long ago,
 * since WeCom might show a second copy.
 */
function forgetAges(transactions: Transactions): Promise<void> {
  return transactions.run(async (tx) => {
    await sql`update wecom_push.calls set first_try_at = 0
      where not final and first_try_at > 0 and (may_have_arrived or flight is not null)`.execute(tx)
  })
}

interface WindowPlace {
  readonly agent: number
  readonly member: string
}

/**
 * Counts sends that lie in the future, farther than a call under way may, as sent now: a window would otherwise be full
 * until the clock shows those times again.
 * @returns the last of the page, unless it was the last page
 */
function sendsNow(
  transactions: Transactions,
  { agent, member }: WindowPlace,
  at: number,
): Promise<WindowPlace | undefined> {
  const latest = sql`${at + MemberHold.LASTS_MS}::bigint`
  return transactions.run(async (tx) => {
    const { rows } = await sql<WindowPlace & { found: number }>`with page as materialized (
        select agent, member from wecom_push.member_windows
        where (agent, member) > (${agent}::integer, ${member}) order by agent, member limit ${ROWS_AT_ONCE}
      ), late as materialized (
        select known.agent, known.member, sends from page join wecom_push.member_windows as known using (agent, member)
        where sends[cardinality(sends)] > ${latest} order by agent, member for update of known
      ), changed as (
        update wecom_push.member_windows as known set sends = array(
          select case when send > ${latest} then ${at}::bigint else send end as send from unnest(late.sends) as send order by 1)
        from late where known.agent = late.agent and known.member = late.member
      )
      select agent, member, (select count(*) from page) as found from page
        order by agent desc, member desc limit 1`.execute(tx)
    const [last] = rows
    return last === undefined || last.found < ROWS_AT_ONCE ? undefined : last
  })
}

interface Place {
  readonly expires_at: number
  readonly seq: number
}

interface Due {
  readonly app: string
  readonly priority: Priority
  readonly queue: TurnQueue
  readonly job: string | null
}

/** Unscheduled messages were due when they were accepted. No worker has these. */
async function changeRows(tx: Tx, page: readonly Place[], at: number): Promise<readonly Due[]> {
  const now = sql`${at}::bigint`
  const { rows } = await sql<QueuedRow & { app: string; job: string | null; was_due: boolean }>`
    with late as (
      select seq, job, due_at > ${now} and waits as is_late from wecom_push.messages
      cross join lateral (select send_at <= ${now} or send_at = accepted_at as waits) as reason
      where seq = any(${page.map(({ seq }) => seq)}::bigint[]) and state = 'open' and worker is null
        and ((waits and (due_at > ${now} or reopened_at > ${now})) or (send_at = accepted_at and lane_at > ${now})
          or lane_until > ${now} + ${LANE_HELD_MS}::bigint)
      order by seq for update of messages skip locked
    )
    update wecom_push.messages set
      due_at = case when late.is_late then ${dueTime(now, sql`due_at`)} else due_at end,
      job = case when late.is_late then null else messages.job end,
      reopened_at = least(reopened_at, ${now}),
      lane_at = case when send_at = accepted_at then least(lane_at, ${now}) else lane_at end,
      lane_until = least(lane_until, ${now} + ${LANE_HELD_MS}::bigint)
    from late where messages.seq = late.seq
    returning app, priority, by_holder, case when late.is_late then late.job end as job, late.is_late as was_due`.execute(
    tx,
  )
  return rows.flatMap(({ app, job, was_due, ...row }) =>
    was_due ? { app, job, priority: toPriority({ ...row }), queue: turnQueueOf(row) } : [],
  )
}

const FIRST: Place = { expires_at: -1, seq: -1 }
const ROWS_AT_ONCE = 500
const CLOCKS_DIFFER_MS = 10_000
/** The longest time for which a message in doubt holds its lane. */
const LANE_HELD_MS = 60_000
