import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The trace in which a message was accepted: what is done with it later belongs to it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.messages add column trace text`.execute(db)
}
