import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The conversations of smart robots with members and groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table conversations (
    seq integer primary key,
    bot text not null,
    type text not null,
    id text not null,
    userid text not null,
    first_at integer not null,
    last_at integer not null,
    unique (bot, type, id)
  ) strict`,
  "create index conversations_of_robots on conversations (bot, seq)",
]
