import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The app of the event's message, if it is not the app of the event. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table events add column message_app text`.execute(db)
}
