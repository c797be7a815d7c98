import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Whose share a file takes: of the key that it came with, and of the app where no other may name it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ["key_id", "app"]) await sql.raw(`alter table media add column ${column} text`).execute(db)
}
