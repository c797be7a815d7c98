import { sql } from "kysely"
import type { Kysely } from "kysely"

/** When a source was last used; null before its first request. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sources add column last_used_at integer`.execute(db)
}
