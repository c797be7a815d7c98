import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { freedMembers } from "../lane.ts"
import type { Behind } from "../lane.ts"
import { toPriority } from "../message-row.ts"
import { integer, optionalInteger } from "../row.ts"
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
  /** When it has joined; it joins now unless given. */
  readonly laneAt?: number
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
  // All transactions lock in the same order, or two would wait for each other.
  await sql`select pg_advisory_xact_lock(key) from (
    select distinct hashtextextended(lane.app || chr(1) || lane.order_key, ${LANES}) as key from ${lanes} order by 1
  ) as keys`.execute(tx)
}

/** Whether another member is before each of these, whose lanes must be locked. It looks at each lane once. */
export async function findBehind(tx: Tx, members: readonly LaneMember[]): Promise<readonly (Behind | undefined)[]> {
  if (members.length === 0) return []
  const lanes = [...new Set(members.map(keyOf))]
  const { rows } = await sql<Row>`select nth, lane_at, seq, lane_until, ${NOW} as now
    from rows from (
      json_to_recordset(${`[${lanes.join(",")}]`}::json) as (app text, order_key text)
    ) with ordinality as lane(app, order_key, nth)
    cross join lateral wecom_push.lane_members(app, order_key, -1, -1, 1)
    order by nth, lane_at, seq`.execute(tx)
  const heads = Map.groupBy(rows, (row) => lanes[integer(row, "nth") - 1])
  return members.map((member) => placeBehind(heads.get(keyOf(member)) ?? [], member))
}

function keyOf({ app, orderKey }: Lane): string {
  return JSON.stringify({ app, order_key: orderKey })
}

/** @param head of its lane, in order, up to the first that holds it without an end */
function placeBehind(head: readonly Row[], { laneAt: joinedAt, seq = Infinity }: LaneMember): Behind | undefined {
  let until = -Infinity
  for (const row of head) {
    const [at, laneAt] = [integer(row, "lane_at"), joinedAt ?? integer(row, "now")]
    if (at > laneAt || (at === laneAt && integer(row, "seq") >= seq)) break
    const held = optionalInteger(row, "lane_until")
    if (held === undefined) return { until: undefined }
    if (held > integer(row, "now")) until = Math.max(until, held)
  }
  return until === -Infinity ? undefined : { until }
}

/**
 * Sends due members that follow the given ones in their lanes, which must be locked, behind: another member is before
 * the given ones, and so before these too. Without this each would first be fetched. A limited number is sent behind at
 * a time; members that a worker has, that have a job, or that another transaction locks are left.
 * @param isExpired expired messages go before others of their lane
 */
export async function sendFollowersBehind(
  tx: Tx,
  members: readonly Required<LaneMember>[],
  isExpired: RawBuilder<boolean>,
): Promise<void> {
  const last = new Map<string, Required<LaneMember>>()
  for (const member of members) {
    const other = last.get(keyOf(member))
    if (other === undefined || isBefore(other, member)) last.set(keyOf(member), member)
  }
  if (last.size === 0) return
  const rows = [...last.values()].map(({ app, orderKey, seq, laneAt }) => ({
    app,
    order_key: orderKey,
    seq,
    at: laneAt,
  }))
  // Members that wait there already count too.
  await sql`with followers as materialized (
      select follower.seq
      from json_to_recordset(${JSON.stringify(rows)}::json) as lane(app text, order_key text, seq bigint, at bigint)
      cross join lateral wecom_push.lane_members(
        lane.app, lane.order_key, lane.at, lane.seq, ${Math.ceil(MOST_FOLLOWERS / rows.length)}
      ) as follower where follower.lane_at <= ${NOW} and not follower.behind
    ), free as materialized (
      select seq from wecom_push.messages where seq = any(array(select seq from followers)) and state = 'open'
        and not behind and job is null and worker is null and due_at <= ${NOW} and not ${isExpired}
      for update skip locked
    )
    update wecom_push.messages set behind = true, due_at = null where seq = any(array(select seq from free))`.execute(
    tx,
  )
}

export interface Advanced {
  /** The groups of the members that are due now. */
  readonly groups: readonly Group[]
  /** The number of the member that holds the lane now; undefined: none does. */
  readonly holder: number | undefined
}

/** A member of this lane, which must be locked, has finished: members up to the first that holds the lane are due. */
export async function advanceLane(tx: Tx, { app, orderKey }: Lane): Promise<Advanced> {
  const { rows } = await sql<Row>`select seq, behind, lane_until, ${NOW} as now
    from wecom_push.lane_members(${app}, ${orderKey}, -1, -1, 1) where lane_at <= ${NOW} or behind
    order by lane_at, seq limit ${MOST_FREED}`.execute(tx)
  const holder = rows.find((row) => (optionalInteger(row, "lane_until") ?? Infinity) > integer(row, "now"))
  const advanced = { groups: [], holder: holder && integer(holder, "seq") }
  const [first] = rows
  const freed = first === undefined ? [] : freedMembers(rows, integer(first, "now"))
  if (freed.length === 0) return advanced
  const { rows: due } = await sql<{ priority: number }>`update wecom_push.messages set due_at = ${NOW}, behind = false
    where seq = any(${freed}::bigint[]) returning priority`.execute(tx)
  return { ...advanced, groups: due.map((row) => ({ app, priority: toPriority({ ...row }) })) }
}

/**
 * This member of a lane, which must be locked, holds it only until then: members after it up to the next that holds the
 * lane at that time are due then.
 * @returns the groups of these messages
 */
export async function letGoOn(tx: Tx, member: Required<LaneMember>, until: number): Promise<readonly Group[]> {
  const { app, orderKey, seq, laneAt } = member
  const { rows } = await sql<Row>`select seq, behind, lane_until
    from wecom_push.lane_members(${app}, ${orderKey}, ${laneAt}, ${seq}, 1) where lane_at <= ${until}
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

function isBefore(one: Required<LaneMember>, other: Required<LaneMember>): boolean {
  return one.laneAt < other.laneAt || (one.laneAt === other.laneAt && one.seq < other.seq)
}

/** Distinct from other locks by a hash. */
const LANES = 0x1a_7e
/** All of these but the last no longer hold the lane; the rest is freed when one of them finishes. */
const MOST_FREED = 100
/** The number for one statement, for which other transactions wait. */
const MOST_FOLLOWERS = 500
