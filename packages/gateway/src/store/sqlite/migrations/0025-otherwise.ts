import { sql } from "kysely"
import type { Kysely } from "kysely"

/** JSON of the app and the content for members that have no conversation with the robot; null for most messages. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table messages add column otherwise text`.execute(db)
}
