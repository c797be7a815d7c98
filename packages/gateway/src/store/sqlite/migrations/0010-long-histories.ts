import { sql } from "kysely"
import type { Kysely } from "kysely"

/** So that nothing has to walk what it does not look for, however long the history. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // What went out of late, for the members' windows. Written at its end, so that a call pays little for it.
  "create index calls_by_start on calls (started_at) where host is null",

  // The halves of what is unfinished, so that it can be counted without a look at each: `messages_late` has the other.
  "create index messages_behind on messages (app, priority) where state = 'open' and behind = 1",
  // What waits for something else than its time: nothing that is merely scheduled, and nothing that is merely due.
  "create index messages_delayed on messages (app, due_at) where due_at > coalesce(reopened_at, send_at)",
  "create index messages_reopened on messages (app, reopened_at) where state = 'open' and reopened_at is not null",
  // For pruning. Written at their ends.
  "create index messages_finished on messages (finished_at) where finished_at is not null",
  "create index lookups_by_time on lookups (stored_at)",
  // For those who follow few of the apps.
  "create index events_of_app on events (app)",

  // By how much the clock had been set in all when the call's times were written; and by how much it has been by now.
  "alter table calls add column turned integer not null default 0",
  // `turning_to`: what waits is being made due after a turn back to that time.
  "insert into meta (name, value) values ('turned', 0), ('turning_to', null)",

  // Where rows of `bodies` from `first` to `last` are found by their hash and agent; whoever changes those drops it.
  `create table body_tables (
    first integer primary key,
    last integer not null,
    rows blob not null
  ) strict`,

  `create table busy_members (
    agent integer not null,
    member text not null,
    count integer not null,
    at integer not null,
    primary key (agent, member)
  ) strict, without rowid`,
  "create index busy_members_by_time on busy_members (at)",
  // Otherwise they are known of from the first start on.
  "insert into meta (name, value) select 'busy_members_from', 0 where not exists (select 1 from messages)",
]
