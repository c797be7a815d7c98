import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Renames columns of `calls` to what they contain. Rows stay as they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The run of the process that has an attempt under way.
  await sql`alter table calls rename column flight to in_flight_by`.execute(db)
  // By how much the clock had been set in all when the times of the row were written.
  await sql`alter table calls rename column turned to clock_offset_ms`.execute(db)
}
