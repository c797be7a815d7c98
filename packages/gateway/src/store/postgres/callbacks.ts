import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { sql } from "kysely"
import type { CallbackStore, CardCode, NewCallback, SpentCode } from "../../model/ports/callbacks.ts"
import { toCode } from "../card-codes.ts"
import { speak } from "../cold/conversations.ts"
import { cardSearches, MOST_CANDIDATES } from "../card-tasks.ts"
import { point } from "../../model/ports/point.ts"
import { text } from "../row.ts"
import type { Row } from "../row.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { perform } from "./cold.ts"
import type { PostgresEvents } from "./events.ts"
import type { Transactions, Tx } from "./transactions.ts"

export class PostgresCallbacks implements CallbackStore {
  readonly #transactions: Transactions
  readonly #events: PostgresEvents
  readonly #locks = new LocalLocks()

  constructor(transactions: Transactions, events: PostgresEvents) {
    this.#transactions = transactions
    this.#events = events
  }

  keep({ app, id, at, type, data, press, spoken }: NewCallback): Promise<"kept" | "known"> {
    return this.#locks.run(`${app} ${id}`, async () => {
      const kept = await this.#transactions.run(async (tx, after) => {
        // Waits for another node that is keeping it.
        const { numAffectedRows } = await sql`insert into wecom_push.callbacks (app, id, at)
          values (${app}, ${id}, ${at}) on conflict do nothing`.execute(tx)
        if (numAffectedRows === 0n) return "known"
        const card = press === undefined ? undefined : await findCard(tx, app, press.taskId)
        if (press !== undefined && card !== undefined && press.responseCode !== "") {
          await sql`insert into wecom_push.card_codes (code, message, call, userid, at)
            values (${press.responseCode}, ${card.messageId}, ${card.call}, ${press.userid}, ${at})
            on conflict do nothing`.execute(tx)
        }
        if (spoken !== undefined) await perform(tx, speak(spoken, at))
        this.#events.write(tx, [{ at, type, app, messageId: card?.messageId, data }], after)
        point("callback.before_commit")
        return "kept"
      })
      if (kept === "kept") point("callback.after_commit")
      return kept
    })
  }

  async cardCodes(messageId: string, { since }: { readonly since: number }): Promise<readonly CardCode[]> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select code, call, userid, at, spent_at from wecom_push.card_codes
        where message = ${messageId} and at > ${since} order by at desc, code`.execute(db),
    )
    return rows.map(toCode)
  }

  async spend({ messageId, call, code, at }: SpentCode): Promise<void> {
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.card_codes (code, message, call, at, spent_at)
        values (${code}, ${messageId}, ${call}, ${at}, ${at})
        on conflict (code) do update set spent_at = coalesce(card_codes.spent_at, excluded.spent_at)`.execute(db),
    )
  }
}

async function findCard(
  tx: Tx,
  app: string,
  pressed: string,
): Promise<{ readonly messageId: string; readonly call: number } | undefined> {
  for (const search of cardSearches(pressed)) {
    const isOfTask = search.isPrefix
      ? sql`task_id >= ${search.taskId} and task_id < ${search.taskId} || chr(1114111)`
      : sql`task_id = ${search.taskId}`
    // Cards that the app has sent because a robot's message names it in `else` are found below the robot, of which there are
    // few: an index of their own would be paid for by each message.
    const { rows } = await sql<Row>`select id, task_id from wecom_push.messages
      where app = any(array(select name from wecom_push.apps where kind = 'bot') || ${app}::text) and ${isOfTask}
        and (app = ${app} or otherwise::json ->> 'app' = ${app})
      order by exists (
        select 1 from wecom_push.calls where message = seq and result = 'accepted'
          and (messages.app = ${app} or kind is distinct from ${SMART_ROBOT.name})
      ) desc, seq desc limit ${MOST_CANDIDATES}`.execute(tx)
    const found = rows.find((row) => search.isTask(text(row, "task_id")))
    if (found !== undefined) return { messageId: text(found, "id"), call: search.call }
  }
  return undefined
}
