import { sql } from "kysely"
import type { Kysely } from "kysely"

/** So that a list of one state reads what it shows, and not whatever else is not finished. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Whether a call has begun. Kept of open messages; of others it is found when they are reopened.
  "alter table messages add column started integer not null default 0",
  "update messages set started = 1 where state = 'open' and exists (select 1 from calls where message = messages.seq)",

  // Under what a message is listed. That what was scheduled is queued by now, only who asks can tell.
  `alter table messages add column listed text generated always as (
    case when state <> 'open' then state when started = 1 then 'sending' when send_at > accepted_at then 'scheduled'
    else 'queued' end
  ) virtual`,
  "drop index messages_not_sent",
  "create index messages_listed on messages (app, listed, accepted_at) where state <> 'sent'",
  "create index messages_scheduled on messages (app, send_at) where listed = 'scheduled'",
]
