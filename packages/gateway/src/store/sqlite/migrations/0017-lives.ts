import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * Whether the time at which a message expires moves along when the clock is set, because nobody gave it; and by how much the
 * clock had been set when it was written.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  "alter table messages add column clock_set integer",
  "alter table messages add column expiry_moves integer not null default 0",
  // By how much it has been set in all; and that while what moves along has not moved yet.
  "insert into meta (name, value) values ('clock_set', 0), ('moving_lives_to', null)",
]
