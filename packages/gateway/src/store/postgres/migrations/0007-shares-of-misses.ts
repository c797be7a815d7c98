import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // For each key and app, how many unknown numbers of the corp's day it has used, and how many look-ups it has under way, in
  // the form of `store/miss-counts.ts`.
  "alter table wecom_push.misses add column held jsonb not null default '{}'",
  // Nodes whose look-ups wait.
  "alter table wecom_push.misses add column line jsonb not null default '[]'",
  // Adds to `held` and leaves out zeros. A function, because one statement must read and change the row after locking it.
  `create function wecom_push.held_more(held jsonb, names text[], part text, by bigint) returns jsonb
    language sql immutable as $$
    select jsonb_strip_nulls(held || coalesce(jsonb_object_agg(name, nullif(jsonb_strip_nulls(
      coalesce(held->name, '{}') || jsonb_build_object(
        part, nullif(greatest(0, coalesce((held->name->>part)::bigint, 0) + by), 0)
      )), '{}')), '{}')) from unnest(names) as name $$`,
]
