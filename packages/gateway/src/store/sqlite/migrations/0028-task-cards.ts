import { sql } from "kysely"
import type { Kysely } from "kysely"

/** A press on a task card (任务卡片) names only the task id of the card, as a press on a template card does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index messages_by_task_card on messages (
    app, (case when json_valid(parts) then json_extract(parts, '$.taskcard.task_id') end)
  ) where msgtype = 'taskcard'`.execute(db)
}
