import { sql } from "kysely"
import type { Kysely } from "kysely"

/** No statement has used it since the send times of a member are rows of their own: each call paid for it twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index wecom_push.calls_by_start`.execute(db)
}
