import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { freedMembers } from "../lane.ts"
import type { Behind } from "../lane.ts"
import { toPriority } from "../message-row.ts"
import { integer } from "../row.ts"
import type { Row } from "../row.ts"
import { dueTime } from "./due-time.ts"
import type { Group } from "./window-floors.ts"
import { NOW } from "./time.ts"
import type { Tx } from "./transactions.ts"

/** Messages of an app with the same `order_key`, which go one after another. */
export interface Lane {
  readonly app: string
  readonly orderKey: string
}

export interface LaneMember extends Lane {
  /** Its place among those with an equal time; after all of them unless given. */
  readonly seq?: number
  /** When it joins, or has joined. */
  readonly laneAt: number
}

/**
 * No other transaction joins or frees these lanes until the end of this one. Call it before any message is locked, or
 * two would wait for each other.
 */
export async function lockLanes(tx: Tx, lanes: readonly Lane[]): Promise<void> {
  if (lanes.length === 0) return
  const rows = JSON.stringify(lanes.map(({ app, orderKey }) => ({ app, order_key: orderKey })))
  await lock(tx, sql`json_to_recordset(${rows}::json) as lane(app text, order_key text)`)
}

/** Locks the lanes of these messages. */
export async function lockLanesOf(tx: Tx, ids: readonly string[]): Promise<void> {
  await lock(
    tx,
    sql`wecom_push.messages as lane where id = any(${[...new Set(ids)]}::text[]) and order_key is not null`,
  )
}

async function lock(tx: Tx, lanes: RawBuilder<unknown>): Promise<void> {
  // In one order for all, or two would wait for each other.
  await sql`select pg_advisory_xact_lock(key) from (
    select distinct hashtextextended(lane.app || chr(1) || lane.order_key, ${LANES}) as key from ${lanes} order by 1
  ) as keys`.execute(tx)
}

/** For each of these, whose lanes must be locked, whether another member is before it. */
export async function findBehind(tx: Tx, members: readonly LaneMember[]): Promise<readonly (Behind | undefined)[]> {
  if (members.length === 0) return []
  const rows = members.map(({ app, orderKey, seq, laneAt }) => ({
    app,
    order_key: orderKey,
    seq: seq ?? Number.MAX_SAFE_INTEGER,
    at: laneAt,
  }))
  const before = sql`from wecom_push.messages as other where other.app = lane.app
    and other.order_key = lane.order_key and other.state = 'open' and (other.lane_at, other.seq) < (lane.at, lane.seq)`
  // In the order of the lane, or the planner would look for a holder among all messages.
  const { rows: found } = await sql<{ held: boolean; until: number | null }>`select holder is not null as held,
      case when holder is null then (select max(lane_until) ${before} and lane_until > ${NOW}) end as until
    from rows from (
      json_to_recordset(${JSON.stringify(rows)}::json) as (app text, order_key text, seq bigint, at bigint)
    ) with ordinality as lane(app, order_key, seq, at, nth)
    left join lateral (
      select other.seq as holder ${before} and lane_until is null order by other.lane_at, other.seq limit 1
    ) as first on true
    order by nth`.execute(tx)
  return found.map(({ held, until }) => (held ? { until: undefined } : until === null ? undefined : { until }))
}

/**
 * A member of this lane, which must be locked, has finished: members up to the first that holds the lane are due.
 * @returns the groups of these messages
 */
export async function advanceLane(tx: Tx, { app, orderKey }: Lane): Promise<readonly Group[]> {
  const { rows } = await sql<Row>`select seq, behind, lane_until, ${NOW} as now from wecom_push.messages
    where app = ${app} and order_key = ${orderKey} and state = 'open' and (lane_at <= ${NOW} or behind)
    order by lane_at, seq limit ${MOST_FREED}`.execute(tx)
  const [first] = rows
  if (first === undefined) return []
  const freed = freedMembers(rows, integer(first, "now"))
  if (freed.length === 0) return []
  const { rows: due } = await sql<{ priority: number }>`update wecom_push.messages set due_at = ${NOW}, behind = false
    where seq = any(${freed}::bigint[]) returning priority`.execute(tx)
  return due.map((row) => ({ app, priority: toPriority({ ...row }) }))
}

/**
 * This member of a lane, which must be locked, holds it only until then: members after it up to the next that holds the
 * lane at that time are due then.
 * @returns the groups of these messages
 */
export async function letGoOn(tx: Tx, member: Required<LaneMember>, until: number): Promise<readonly Group[]> {
  const { app, orderKey, seq, laneAt } = member
  const { rows } = await sql<Row>`select seq, behind, lane_until from wecom_push.messages
    where app = ${app} and order_key = ${orderKey} and state = 'open' and (lane_at, seq) > (${laneAt}, ${seq})
      and lane_at <= ${until}
    order by lane_at, seq limit ${MOST_FREED}`.execute(tx)
  const freed = freedMembers(rows, until)
  if (freed.length === 0) return []
  // Whether another member is before them is checked when they are handed out.
  const { rows: due } = await sql<{
    priority: number
  }>`update wecom_push.messages set due_at = ${dueTime(sql`${until}::bigint`, sql`due_at`)}
    where seq = any(${freed}::bigint[]) and job is null returning priority`.execute(tx)
  return due.map((row) => ({ app, priority: toPriority({ ...row }) }))
}

/** Distinct from other locks by a hash. */
const LANES = 0x1a_7e
/** All of these but the last no longer hold the lane; the rest is freed when one of them finishes. */
const MOST_FREED = 100
