import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  // JSON of faults, null for the most of messages that have none. Only asked for of one message: it lies behind `parts`.
  await sql.raw("alter table messages add column warnings text").execute(db)
}
