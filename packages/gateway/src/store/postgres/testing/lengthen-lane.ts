import { sql } from "kysely"
import type { Database } from "../connection.ts"

/** Stores so many members of the lane of this message after it, due as soon: `lane_1`, `lane_2` …. */
export async function lengthenLane(db: Database, id: string, count: number): Promise<void> {
  await sql`insert into wecom_push.messages (id, app, state, priority, due_at, accepted_at, send_at, expires_at, recipients,
      chunk_count, counts, key_id, msgtype, parts, chunk, order_key, lane_at)
    select 'lane_' || n, app, state, priority, due_at + 1, accepted_at, send_at + 1, expires_at, recipients, chunk_count,
      counts, key_id, msgtype, parts, chunk, order_key, lane_at + 1
    from wecom_push.messages, generate_series(1, ${count}::integer) as n where id = ${id}`.execute(db)
}
