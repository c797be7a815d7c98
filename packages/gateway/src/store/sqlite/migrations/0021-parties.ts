import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** WeCom may count by something other than an agent, and a call may go out by something other than `message/send`. */
const STATEMENTS = [
  `create table parties (
    id integer primary key,
    kind text not null,
    corp_id text not null,
    party_id text not null,
    unique (kind, corp_id, party_id)
  ) strict`,
  "insert into parties (id, kind, corp_id, party_id) select id, 'app', corp_id, cast(agent_id as text) from agents",
  "drop table agents",
  "alter table apps add column kind text not null default 'app'",
  // Null: a message of an app. All calls of earlier versions are.
  "alter table calls add column kind text",
]
