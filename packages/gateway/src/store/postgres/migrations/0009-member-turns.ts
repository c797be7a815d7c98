import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** When messages that wait for a member's window will ask again. A row is deleted when its message is finished. */
const STATEMENTS = [
  `create table wecom_push.member_turns (
    message text collate "C" not null,
    agent integer not null,
    member text collate "C" not null,
    rank smallint not null,
    at bigint not null,
    primary key (message, agent, member)
  )`,
  "create index member_turns_ahead on wecom_push.member_turns (agent, member, at, rank)",
  "alter table wecom_push.member_windows drop column turns",
]
