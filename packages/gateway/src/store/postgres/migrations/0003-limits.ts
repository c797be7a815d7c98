import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** What all nodes count together. */
const STATEMENTS = [
  `create table wecom_push.member_windows (
    agent integer not null,
    member text collate "C" not null,
    -- The latest moments at which calls of the last hour can have reached the member, in their order.
    sends bigint[] not null,
    -- How many of them were given to who asked last, and by which limits.
    granted integer not null,
    per_minute integer,
    per_hour integer,
    -- When those come again who were turned away, by priority: four times the moment, and the rank.
    turns bigint[] not null default '{}',
    primary key (agent, member)
  ) with (fillfactor = 70)`,

  // The shared pools of slots: for each node, how many slots it holds and how many it could use.
  `create table wecom_push.slot_pools (
    name text collate "C" primary key,
    nodes jsonb not null default '{}',
    -- Somebody could use more than they hold.
    short boolean not null default false
  )`,

  // `counts`: how many were let through, by the length of a window and the number of a slot in it.
  `create table wecom_push.lookup_paces (
    corp_id text collate "C" primary key,
    counts jsonb not null default '{}',
    -- Nodes that were told to come again, in their order, and how long their place is kept.
    waiting jsonb not null default '[]'
  )`,

  // One node at a time finds out whether a pause is over.
  "alter table wecom_push.pauses add column probe_until bigint not null default 0",
]
