import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { CallbackStore, CardCode, NewCallback, SpentCode } from "../../model/ports/callbacks.ts"
import { toCode } from "../card-codes.ts"
import { speak } from "../cold/conversations.ts"
import { cardSearches, MOST_CANDIDATES } from "../card-tasks.ts"
import type { SqliteCold } from "./cold.ts"
import type { SqliteEvents } from "./events.ts"
import type { GroupCommit } from "./group-commit.ts"
import { text } from "../row.ts"

export class SqliteCallbacks implements CallbackStore {
  readonly #commit: GroupCommit
  readonly #events: SqliteEvents
  readonly #cold: Pick<SqliteCold, "perform">
  readonly #keep: StatementSync
  readonly #withTask: StatementSync
  readonly #withTaskLike: StatementSync
  readonly #addCode: StatementSync
  readonly #codes: StatementSync
  readonly #spend: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit, events: SqliteEvents, cold: Pick<SqliteCold, "perform">) {
    this.#commit = commit
    this.#events = events
    this.#cold = cold
    this.#keep = db.prepare("insert into callbacks (app, id, at) values (?, ?, ?) on conflict do nothing")
    // Exactly the expression of the index. Of several cards with one task_id WeCom has accepted one, and refused the
    // others.
    const taskId = "(case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end)"
    // Cards that the app has sent because a robot's message names it in `else` are found below the robot, of which there are
    // few: an index of their own would be paid for by each message.
    const candidates = `select id, ${taskId} as task_id from messages
      where app in (select ?1 union select name from apps where kind = 'bot') and msgtype = 'template_card'
      and (app = ?1 or json_extract(otherwise, '$.app') = ?1) and ${taskId}`
    const takenFirst = `order by exists (
      select 1 from calls where message = seq and result = 'accepted' and (messages.app = ?1 or kind is not '${SMART_ROBOT.name}')
    ) desc, seq desc limit ${MOST_CANDIDATES}`
    this.#withTask = db.prepare(`${candidates} = ?2 ${takenFirst}`)
    this.#withTaskLike = db.prepare(`${candidates} >= ?2 and ${taskId} < ?2 || char(1114111) ${takenFirst}`)
    this.#addCode = db.prepare(
      "insert into card_codes (code, message, call, userid, at) values (?, ?, ?, ?, ?) on conflict do nothing",
    )
    this.#codes = db.prepare(
      "select code, call, userid, at, spent_at from card_codes where message = ? and at > ? order by at desc, code",
    )
    this.#spend = db.prepare(`insert into card_codes (code, message, call, at, spent_at) values (?1, ?2, ?3, ?4, ?4)
      on conflict do update set spent_at = coalesce(spent_at, ?4)`)
  }

  keep({ app, id, at, type, data, press, spoken }: NewCallback): Promise<"kept" | "known"> {
    return this.#commit.submit({
      kind: "door",
      beforeCommit: "callback.before_commit",
      afterCommit: "callback.after_commit",
      work: (after) => {
        if (this.#keep.run(app, id, at).changes === 0) return "known"
        const card = press === undefined ? undefined : this.#cardWithTask(app, press.taskId)
        if (press !== undefined && card !== undefined && press.responseCode !== "") {
          this.#addCode.run(press.responseCode, card.messageId, card.call, press.userid, at)
        }
        if (spoken !== undefined) this.#cold.perform(speak(spoken, at), after)
        this.#events.write({ at, type, app, messageId: card?.messageId, data }, after)
        return "kept"
      },
    })
  }

  cardCodes(messageId: string, { since }: { readonly since: number }): Promise<readonly CardCode[]> {
    return Promise.try(() => this.#codes.all(messageId, since).map(toCode))
  }

  spend({ messageId, call, code, at }: SpentCode): Promise<void> {
    return this.#commit.submit({ kind: "inside", work: () => void this.#spend.run(code, messageId, call, at) })
  }

  #cardWithTask(app: string, taskId: string): { readonly messageId: string; readonly call: number } | undefined {
    for (const search of cardSearches(taskId)) {
      const candidates = (search.isPrefix ? this.#withTaskLike : this.#withTask).all(app, search.taskId)
      const found = candidates.find((row) => search.isTask(text(row, "task_id")))
      if (found !== undefined) return { messageId: text(found, "id"), call: search.call }
    }
    return undefined
  }
}
