import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * A promoted standby does not know which pages of an index are free, and counts dead rows anew. Until its first vacuum each new
 * row makes the index larger. With PostgreSQL's own share, a fifth of the rows, that lasts six days if messages are kept for 30
 * days. A share that the operator has set stays. The rows of `messages` change so often that a fifth is soon reached.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = 'wecom_push'::regnamespace and relname = any(${TABLES})
      and not exists (select from unnest(reloptions) as option where option like 'autovacuum_vacuum_scale_factor=%')
    order by relname`.execute(db)
  for (const { name } of rows)
    await sql`alter table wecom_push.${sql.ref(name)} set (autovacuum_vacuum_scale_factor = 0.05)`.execute(db)
}

/** Their rows are written once or twice, and deleted when they are old. */
const TABLES = ["attempts", "bodies", "calls", "chunks", "events", "idempotency"]
