import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // A call with a `host` is that call of another message, and its `body` names only the people of its own.
  "alter table calls add column host integer",
  "alter table calls add column host_number integer",
  "create index calls_riding on calls (host, host_number) where host is not null",

  // `taken`: how many person-times an app has used of a day in Beijing; and whether it was told that they run out.
  `create table person_times (
    app text not null,
    day text not null,
    taken integer not null,
    told_low integer not null default 0,
    told_spent integer not null default 0,
    primary key (app, day)
  ) strict, without rowid`,
]
