import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Since when a message that was retried is to be sent again: by its `send_at` it would be late from the start.
  "alter table messages add column reopened_at integer",
  // What is unfinished by the time it should have gone out, whatever it waits for, but not for its lane.
  `create index messages_late on messages (app, priority, coalesce(reopened_at, send_at))
    where state = 'open' and behind = 0`,
]
