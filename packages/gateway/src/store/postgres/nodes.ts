import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { APP_KINDS, CHATS } from "../../model/app-kinds.ts"
import type { Database } from "./connection.ts"
import { NODE_LOCKS } from "./locks.ts"

/** A node is one start of a gateway. @returns its number, which no other ever had */
export async function registerNode(db: Database): Promise<number> {
  const { rows } = await sql<{ number: number }>`insert into wecom_push.nodes (counts_unfinished, app_kinds)
    values (true, ${[...APP_KINDS, CHATS]}::text[]) returning number`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error("the node has no number")
  return row.number
}

/** The living nodes of this database: the session of each holds a lock for it. */
export const ALIVE = sql<{ node: number }>`select objid::bigint as node from pg_locks
  where locktype = 'advisory' and classid = ${sql.lit(NODE_LOCKS)}::bigint::oid and objsubid = 2 and granted
    and database = (select oid from pg_database where datname = current_database())`

/** The living ones of these nodes. A node whose session is lost counts as dead until it has another, a moment later. */
export async function findAlive(db: Database, nodes: readonly number[]): Promise<ReadonlySet<number>> {
  if (nodes.length === 0) return new Set()
  const { rows } = await sql<{ node: number }>`${ALIVE} and objid::bigint = any(${nodes}::bigint[])`.execute(db)
  return new Set(rows.map(({ node }) => node))
}

/** A row where a node that is alive does not know apps of this kind, or group chats as recipients. */
export function notKnowing(kind: string): RawBuilder<unknown> {
  return sql`select from wecom_push.nodes join (${ALIVE}) as alive on alive.node = nodes.number
    where not ${kind} = any(nodes.app_kinds) limit 1`
}

export async function countAlive(db: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from (${ALIVE}) as alive`.execute(db)
  return rows[0]?.count ?? 0
}
