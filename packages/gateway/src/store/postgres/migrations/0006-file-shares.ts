import { sql } from "kysely"
import type { Kysely } from "kysely"

/** A file counts towards the limit of the key that uploaded it, and of an app if no other app may use it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  "alter table wecom_push.media add column key_id text, add column app text",
  // Adds up the bytes of each key and app without reading the table.
  "create index media_by_holder on wecom_push.media (key_id, app) include (bytes)",
]
