import { sql } from "kysely"
import type { Kysely } from "kysely"

/** By these it is known of a message that its first call is under way, so that nothing need be written for that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index calls_in_flight on calls (message) where flight is not null and host is null").execute(db)
}
