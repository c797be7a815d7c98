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
    -- For each call of the last hour the latest time at which it can have reached the member, oldest first.
    sends bigint[] not null,
    -- How many of them the last request was given, and the limits that it named.
    granted integer not null,
    per_minute integer,
    per_hour integer,
    -- When requests that had to wait will ask again: four times the time, plus the rank of their priority.
    turns bigint[] not null default '{}',
    primary key (agent, member)
  ) with (fillfactor = 70)`,

  // The shared pools of slots: for each node, how many slots it holds and how many it could use.
  `create table wecom_push.slot_pools (
    name text collate "C" primary key,
    nodes jsonb not null default '{}',
    -- At least one node could use more slots than it holds.
    short boolean not null default false
  )`,

  // `counts`: how many look-ups were allowed, for each length of a window and each slot in it.
  `create table wecom_push.lookup_paces (
    corp_id text collate "C" primary key,
    counts jsonb not null default '{}',
    -- Nodes that wait, in their order, and until when each keeps its place.
    waiting jsonb not null default '[]'
  )`,

  // One node at a time finds out whether a pause is over.
  "alter table wecom_push.pauses add column probe_until bigint not null default 0",
]
