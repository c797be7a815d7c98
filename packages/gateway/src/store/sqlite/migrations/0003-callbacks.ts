import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // By what a repeated delivery is known; what it told is an event.
  `create table callbacks (
    app text not null,
    id text not null,
    at integer not null,
    primary key (app, id)
  ) strict, without rowid`,
  `create index callbacks_by_time on callbacks (at)`,

  // Codes that came with a press, and those of calls once they are spent: these have no userid.
  `create table card_codes (
    code text primary key,
    message text not null,
    call integer not null,
    userid text,
    at integer not null,
    spent_at integer
  ) strict, without rowid`,
  `create index card_codes_of_message on card_codes (message)`,
  `create index card_codes_by_time on card_codes (at)`,

  // A press names the card's task only. Other messages are not in it, so that they do not pay for it.
  `create index messages_by_task on messages (
    app, (case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end)
  ) where msgtype = 'template_card'`,
]
