import { sql } from "kysely"
import type { Database } from "./connection.ts"

/** When keys, or sources, were last used: never earlier than is written already. */
export async function noteUses(
  db: Database,
  table: "keys" | "sources",
  uses: readonly { readonly id: string; readonly at: number }[],
): Promise<void> {
  const used = sql.id("wecom_push", table)
  // Locked in one order by all nodes, or two would wait for each other.
  await sql`with latest as (
      select id, max(at) as at from unnest(${uses.map(({ id }) => id)}::text[], ${uses.map(({ at }) => at)}::bigint[])
        as uses(id, at) group by id
    ), locked as materialized (
      select used.id, latest.at from ${used} as used join latest on latest.id = used.id
      where used.last_used_at is null or used.last_used_at < latest.at
      order by used.id for no key update of used
    )
    update ${used} as used set last_used_at = greatest(used.last_used_at, locked.at) from locked
    where used.id = locked.id`.execute(db)
}
