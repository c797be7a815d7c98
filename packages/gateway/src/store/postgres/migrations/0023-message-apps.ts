import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The app of an event's message, where that is another app than the event's. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.events add column message_app text`.execute(db)
}
