import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/**
 * WeCom may count by something other than an agent, and a call may go out by something other than `message/send`.
 * Gateways of the previous version continue to work: they write only agents and messages of apps.
 */
const STATEMENTS = [
  `alter table wecom_push.agents
    add column kind text not null default 'app',
    add column party_id text,
    alter column agent_id drop not null`,
  `create unique index parties_of_kinds on wecom_push.agents (kind, corp_id, party_id) where party_id is not null`,
  "alter table wecom_push.apps add column kind text not null default 'app'",
  // Null: a message of an app.
  "alter table wecom_push.calls add column kind text",
]
