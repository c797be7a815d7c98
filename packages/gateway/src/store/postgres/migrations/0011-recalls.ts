import { sql } from "kysely"
import type { Kysely } from "kysely"

/** `recall`: the progress of the recall of a message with many calls. `recalling`: the node that works on it, while one does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.messages add column recall text, add column recalling integer`.execute(db)
  await sql`create index messages_recalling on wecom_push.messages (recalling) where recalling is not null`.execute(db)
}
