import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Which node holds the connections of all smart robots, and which messages it alone sends. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // One row at most.
  `create table wecom_push.robot_lease (
    is_only boolean primary key default true check (is_only),
    node integer not null,
    until timestamptz not null
  )`,
  // False for messages of gateways of earlier versions, which know no smart robots.
  "alter table wecom_push.messages add column by_holder boolean not null default false",
  "create index apps_smart_robots on wecom_push.apps (name) where kind = 'bot'",
]
