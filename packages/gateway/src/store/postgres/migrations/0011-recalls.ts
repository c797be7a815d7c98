import { sql } from "kysely"
import type { Kysely } from "kysely"

/** How far the recall of a message with many calls has come, and, while it is under way, the node that works on it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.messages add column recall text, add column recalling integer`.execute(db)
  await sql`create index messages_recalling on wecom_push.messages (recalling) where recalling is not null`.execute(db)
}
