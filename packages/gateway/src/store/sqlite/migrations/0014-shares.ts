import { sql } from "kysely"
import type { Kysely } from "kysely"

/** So that what each key has unfinished is counted at a start, and found by who cancels all of it, in an index alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  "drop index messages_late",
  `create index messages_late on messages (app, priority, coalesce(reopened_at, send_at), key_id)
    where state = 'open' and behind = 0`,
  "drop index messages_behind",
  "create index messages_behind on messages (app, priority, key_id) where state = 'open' and behind = 1",
]
