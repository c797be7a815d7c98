import { sql } from "kysely"
import { LOST_EVENTS, lostSince, withLost } from "../lost-events.ts"
import type { Database } from "./connection.ts"
import type { Tx } from "./transactions.ts"

/**
 * Call it before anything else is written: a backup does not contain the events that were sent after it.
 * @param after the newest event that is the same; by default the newest there is
 */
export async function noteLostEvents(tx: Tx, after?: number): Promise<void> {
  const { rows } = await sql<{ latest: number }>`select coalesce(max(id), 0) as latest from wecom_push.events`.execute(
    tx,
  )
  const latest = rows[0]?.latest ?? 0
  const lost = lostSince(after ?? latest, latest)
  await sql`select setval(pg_get_serial_sequence('wecom_push.events', 'id'), ${lost.from}, false)`.execute(tx)
  const stored = withLost((await lostEventsIn(tx)) ?? undefined, lost)
  await sql`insert into wecom_push.meta (name, value) values (${LOST_EVENTS}, ${stored})
    on conflict (name) do update set value = excluded.value`.execute(tx)
}

/** As stored. */
export async function lostEventsIn(db: Database): Promise<string | null> {
  const { rows } = await sql<{ value: string }>`select value from wecom_push.meta where name = ${LOST_EVENTS}`.execute(
    db,
  )
  return rows[0]?.value ?? null
}
