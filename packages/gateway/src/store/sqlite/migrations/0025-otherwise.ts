import { sql } from "kysely"
import type { Kysely } from "kysely"

/** JSON of the app, and the content, that members get who have no conversation with a robot; null for most. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table messages add column otherwise text`.execute(db)
}
