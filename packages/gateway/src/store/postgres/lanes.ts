import { sql } from "kysely"
import { toPriority } from "../message-row.ts"
import type { Group } from "./job-window.ts"
import type { Tx } from "./transactions.ts"

/** Messages of an app with the same `order_key`, which go one after another. */
export interface Lane {
  readonly app: string
  readonly orderKey: string
}

/** Nobody else joins or frees these lanes until the end of the transaction. */
export async function lockLanes(tx: Tx, lanes: readonly Lane[]): Promise<void> {
  if (lanes.length === 0) return
  // In one order for all, or two would wait for each other.
  await sql`select pg_advisory_xact_lock(key) from (
    select distinct hashtextextended(lane.app || chr(1) || lane.order_key, ${LANES}) as key
    from json_to_recordset(${JSON.stringify(lanes.map(toRow))}::json) as lane(app text, order_key text)
    order by 1
  ) as keys`.execute(tx)
}

/** Of each of these lanes, which must be locked, whether somebody is before a message that joins it now. */
export async function areTaken(
  tx: Tx,
  joining: readonly (Lane & { readonly at: number })[],
): Promise<readonly boolean[]> {
  if (joining.length === 0) return []
  const rows = joining.map((lane) => ({ ...toRow(lane), at: lane.at }))
  const { rows: found } = await sql<{ taken: boolean }>`
    select exists (
      select 1 from wecom_push.messages as member
      where member.app = lane.app and member.order_key = lane.order_key and member.state = 'open'
        and member.lane_at <= lane.at and (member.lane_until is null or member.lane_until > lane.at)
    ) as taken
    from rows from (
      json_to_recordset(${JSON.stringify(rows)}::json) as (app text, order_key text, at bigint)
    ) with ordinality as lane(app, order_key, at, nth)
    order by nth`.execute(tx)
  return found.map(({ taken }) => taken)
}

/**
 * A member of this lane, which must be locked, has finished: those up to the first that holds the lane are due.
 * @returns whose messages these are
 */
export async function advanceLane(tx: Tx, { app, orderKey }: Lane, now: number): Promise<readonly Group[]> {
  // Whoever waits has joined, also when the outcome that frees it is from before that and was stored late.
  const { rows } = await sql<Member>`select seq, behind, lane_until from wecom_push.messages
    where app = ${app} and order_key = ${orderKey} and state = 'open' and (lane_at <= ${now} or behind)
    order by lane_at, seq limit ${MOST_FREED}`.execute(tx)
  const freed = upToHolder(rows, now)
  if (freed.length === 0) return []
  const { rows: due } = await sql<{ priority: number }>`update wecom_push.messages set due_at = ${now}, behind = false
    where seq = any(${freed}::bigint[]) returning priority`.execute(tx)
  return due.map((row) => ({ app, priority: toPriority({ ...row }) }))
}

interface Member {
  readonly seq: number
  readonly behind: boolean
  readonly lane_until: number | null
}

function upToHolder(members: readonly Member[], at: number): number[] {
  const freed: number[] = []
  for (const { seq, behind, lane_until: until } of members) {
    if (behind) freed.push(seq)
    if (until === null || until > at) break
  }
  return freed
}

function toRow({ app, orderKey }: Lane): { readonly app: string; readonly order_key: string } {
  return { app, order_key: orderKey }
}

/** Apart from what else is locked by a hash. */
const LANES = 0x1a_7e
/** Each but the last has let the lane go on for now; the rest is freed when one of these finishes. */
const MOST_FREED = 100
