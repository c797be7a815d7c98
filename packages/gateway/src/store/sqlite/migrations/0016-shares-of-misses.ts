import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Who has missed how many of a corp's numbers of the day, and is asking: as `store/miss-counts.ts` has it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table misses add column held text not null default '{}'").execute(db)
}
