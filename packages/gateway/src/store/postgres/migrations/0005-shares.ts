import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/**
 * How many messages are unfinished. Each change is a row of its own, and a node adds them up from time to time. If every change
 * updated the same row, the nodes would wait for each other, and while an old snapshot is open, each read would pass all dead
 * versions of that row.
 */
const STATEMENTS = [
  `create table wecom_push.unfinished (
    app text collate "C" not null,
    key_id text collate "C" not null,
    priority smallint not null,
    count bigint not null,
    primary key (app, key_id, priority)
  )`,
  // Numbered in the order of their commits, because the lock of the events is held while one is written.
  `create table wecom_push.unfinished_changes (
    seq bigint generated always as identity primary key,
    app text not null,
    key_id text not null,
    priority smallint not null,
    by integer not null
  )`,
  // Changes up to `summed_to` are in the sums.
  `create table wecom_push.unfinished_extent (
    is_only boolean primary key default true check (is_only),
    summed_to bigint not null default 0,
    -- The sums were compared with the messages after the last gateway of an older version, which writes no changes, had ended.
    is_certain boolean not null default false
  )`,
  "insert into wecom_push.unfinished_extent default values",
  "alter table wecom_push.nodes add column counts_unfinished boolean not null default false",
]
