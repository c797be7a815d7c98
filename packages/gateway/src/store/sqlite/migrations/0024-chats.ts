import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Group chats that apps have made, and the times of their changes in the last hour. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table chats (
    seq integer primary key,
    corp_id text not null,
    agent_id integer not null,
    chatid text not null,
    name text,
    owner text,
    members text not null,
    is_made integer not null,
    fingerprint text,
    created_at integer not null,
    updated_at integer not null,
    unique (corp_id, chatid)
  ) strict`,
  "create index chats_of_apps on chats (corp_id, agent_id, seq)",
  "create index chats_by_creation on chats (corp_id, created_at)",
  "create table chat_changes (corp_id text primary key, times text not null) strict, without rowid",
]
