import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** Sorts messages that are due at the same time by `seq`, so that a reader can skip the entries of finished ones. */
const STATEMENTS = [
  // Locks the table at once: otherwise this migration and an older gateway that has read and is about to write would wait for
  // each other.
  "lock table wecom_push.messages in access exclusive mode",
  `create index messages_with_job_in_order on wecom_push.messages (app, priority, due_at, seq) where job is not null`,
  "drop index wecom_push.messages_with_job",
  "alter index wecom_push.messages_with_job_in_order rename to messages_with_job",
]
