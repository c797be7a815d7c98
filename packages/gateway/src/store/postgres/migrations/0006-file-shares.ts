import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Whose share a file takes: of the key that it came with, and of the app where no other may name it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  "alter table wecom_push.media add column key_id text, add column app text",
  // The bytes of each key and app are summed up from this index alone.
  "create index media_by_holder on wecom_push.media (key_id, app) include (bytes)",
]
