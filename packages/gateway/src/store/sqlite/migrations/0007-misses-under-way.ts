import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** What is being asked stands apart from what is known to be nobody's, so that it can be given back after a crash. */
const STATEMENTS = [
  "alter table misses rename column taken to missed",
  "alter table misses add column asking integer not null default 0",
  "alter table misses add column given_back integer not null default 0",
]
