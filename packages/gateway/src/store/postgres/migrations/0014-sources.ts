import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Sources: addresses below `/in` for other programs, each with its own recipients. Gateways of the previous version do not use them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table wecom_push.sources (
    id text primary key,
    name text not null,
    adapter text not null,
    app text not null,
    audience text not null,
    priority text not null,
    template text,
    signing_secret text,
    prefix text not null,
    hash text not null unique,
    old_hash text,
    old_until bigint,
    created_at bigint not null,
    version bigint not null default 1
  )`,
  "create index sources_by_old_hash on wecom_push.sources (old_hash) where old_hash is not null",
]
