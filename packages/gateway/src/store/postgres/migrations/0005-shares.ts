import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/**
 * How many messages are unfinished. Each change is a row of its own, and they are summed up now and then: rows that everybody
 * changes would make all wait for each other, and would be walked through by their dead versions while a snapshot is held.
 */
const STATEMENTS = [
  `create table wecom_push.unfinished (
    app text collate "C" not null,
    key_id text collate "C" not null,
    priority smallint not null,
    count bigint not null,
    primary key (app, key_id, priority)
  )`,
  // Numbered in the order of their commits: who writes one holds the lock of the events.
  `create table wecom_push.unfinished_changes (
    seq bigint generated always as identity primary key,
    app text not null,
    key_id text not null,
    priority smallint not null,
    by integer not null
  )`,
  // Changes up to here are summed up.
  `create table wecom_push.unfinished_extent (
    is_only boolean primary key default true check (is_only),
    summed_to bigint not null default 0,
    -- Compared with the messages since the last gateway ended that writes no changes.
    is_certain boolean not null default false
  )`,
  "insert into wecom_push.unfinished_extent default values",
  "alter table wecom_push.nodes add column counts_unfinished boolean not null default false",
]
