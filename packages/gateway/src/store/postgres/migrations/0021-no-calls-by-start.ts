import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Each call had to update the index twice, and no statement reads it any more: the send times of members are rows of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index wecom_push.calls_by_start`.execute(db)
}
