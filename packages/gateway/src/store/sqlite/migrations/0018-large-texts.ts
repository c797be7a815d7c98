import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * Long contents of messages (`call` is 0) and long bodies of calls: their rows are written again whenever one of the small
 * columns changes, and hold '' instead. With a rowid: a key beside megabytes would be compared by reading them. What was
 * stored before stays where it is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table large_texts (
    message integer not null,
    call integer not null,
    data text not null,
    primary key (message, call)
  ) strict`.execute(db)
}
