import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The trace of the request that the message came with. Later work for the message belongs to the same trace. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table messages add column trace text`.execute(db)
}
