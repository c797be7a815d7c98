import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Which keys and apps have missed how many of a corp's numbers of the day, and how many they are asking, in the form
  // of
  // `store/miss-counts.ts`.
  "alter table wecom_push.misses add column held jsonb not null default '{}'",
  // Nodes whose questions wait.
  "alter table wecom_push.misses add column line jsonb not null default '[]'",
  // A function, since a row that is locked first must be read and changed in one statement. Without what comes to 0.
  `create function wecom_push.held_more(held jsonb, names text[], part text, by bigint) returns jsonb
    language sql immutable as $$
    select jsonb_strip_nulls(held || coalesce(jsonb_object_agg(name, nullif(jsonb_strip_nulls(
      coalesce(held->name, '{}') || jsonb_build_object(
        part, nullif(greatest(0, coalesce((held->name->>part)::bigint, 0) + by), 0)
      )), '{}')), '{}')) from unnest(names) as name $$`,
]
