import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { emptyCounts } from "../../../model/recipients.ts"
import { packChunk } from "../../../model/pack-chunk.ts"
import { packCounts } from "../../pack-counts.ts"
import { packParts } from "../../pack-parts.ts"
import { aChunk } from "../../testing/build.ts"
import type { Database } from "../connection.ts"
import { connect } from "../connection.ts"
import { openNode } from "./open-store.ts"
import type { OpenedPostgres } from "../open.ts"

/** How many rows of each table a node read that was opened for some work, and closed. */
export async function rowsRead(
  url: string,
  work: (opened: OpenedPostgres) => Promise<unknown>,
): Promise<ReadonlyMap<string, number>> {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  try {
    await sql`select pg_stat_reset()`.execute(db)
    const opened = await openNode(url)
    try {
      await work(opened)
    } finally {
      await opened.stores[Symbol.asyncDispose]()
    }
    await othersHaveGone(db)
    const { rows } = await sql<{ name: string; read: number }>`select relname as name,
        coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read from pg_stat_user_tables
      where schemaname = 'wecom_push'`.execute(db)
    return new Map(rows.map(({ name, read }) => [name, read]))
  } finally {
    await db.destroy()
  }
}

/** A connection reports what it has read when it ends. */
async function othersHaveGone(db: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity where datname = current_database()
      and backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(db)
    if (rows.length === 0) return
    await sleep(10)
  }
}

/**
 * Adds so many rows of `app` to each table that grows with a gateway's history. Messages are finished unless `open`.
 */
export async function fillHistory(db: Database, count: number): Promise<void> {
  const each = sql`generate_series(1, ${count}::integer) as n`
  await sql`insert into wecom_push.messages (seq, id, app, state, priority, accepted_at, send_at, expires_at, finished_at,
      recipients, chunk_count, counts, key_id, msgtype, parts, chunk, order_key, lane_at)
    select nextval('wecom_push.messages_seq_seq'), 'old_' || n, 'alerts', 'sent', 1, n, n, n, n, 1, 1, '{}', 'key_1',
      'text', '[]', '', 'k', n from ${each}`.execute(db)
  await sql`insert into wecom_push.calls (message, number, part, final, first_try_at, started_at, positions, checksum, body)
    select seq, 1, 0, true, finished_at, finished_at, '', 0, '{}' from wecom_push.messages`.execute(db)
  await sql`insert into wecom_push.attempts (message, call, number, started_at)
    select seq, 1, 1, finished_at from wecom_push.messages`.execute(db)
  await sql`insert into wecom_push.chunks (message, place, mask, data)
    select seq, 0, 0, '' from wecom_push.messages`.execute(db)
  await sql`insert into wecom_push.media_uses (message, medium)
    select seq, 'med_' || seq from wecom_push.messages`.execute(db)
  await sql`insert into wecom_push.events (at, type, app, message, data)
    select n, 'message.finished', 'alerts', 'old_' || n, '{}' from ${each}`.execute(db)
  await sql`insert into wecom_push.idempotency (client, key, fingerprint, message, state, recipients, expires_at)
    select 'client', n::text, '', 'old_' || n, 'sent', 1, n from ${each}`.execute(db)
  await sql`insert into wecom_push.bodies (agent, hash, message, call, at)
    select 1, n::text, 'old_' || n, 1, n from ${each}`.execute(db)
  await sql`insert into wecom_push.lookups (key, userid, stored_at) select n::text, 'u', n from ${each}`.execute(db)
  await sql`insert into wecom_push.callbacks (app, id, at) select 'alerts', n::text, n from ${each}`.execute(db)
  await sql`insert into wecom_push.card_codes (code, message, call, at) select n::text, 'old_' || n, 1, n
    from ${each}`.execute(db)
  await sql`analyze`.execute(db)
}

/**
 * So many due messages of `alerts`, half of them in one lane; and as many that are scheduled for then. They get jobs
 * when the next is stored.
 */
export async function fillBacklog(db: Database, count: number, sendAt: number): Promise<void> {
  const [counts, parts] = [packCounts({ ...emptyCounts(), pending: 1 }), packParts(["{}"])]
  const row = sql`'alerts', 'open', 1, n, 9000000000000, 1, 1, ${counts}, 'key_1', 'text', ${parts},
    ${packChunk(aChunk(["1"]))}`
  const columns =
    sql.raw(`seq, id, app, state, priority, accepted_at, expires_at, recipients, chunk_count, counts, key_id,
    msgtype, parts, chunk, send_at, due_at, order_key, lane_at, behind`)
  const seq = sql`nextval('wecom_push.messages_seq_seq'), 'waiting_' || currval('wecom_push.messages_seq_seq')`
  await sql`insert into wecom_push.messages (${columns})
    select ${seq}, ${row}, n, case when n = 1 or n % 2 = 0 then n end, case when n % 2 = 1 then 'k' end,
      case when n % 2 = 1 then n end, n > 1 and n % 2 = 1
    from generate_series(1, ${count}::integer) as n`.execute(db)
  await sql`insert into wecom_push.messages (${columns})
    select ${seq}, ${row}, ${sendAt}::bigint, ${sendAt}, null, null, false
    from generate_series(1, ${count}::integer) as n`.execute(db)
  await sql`analyze`.execute(db)
}
