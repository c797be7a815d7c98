import type { TaskType } from "@wecom-push/protocol/delivery"
import type { CallbackStore, CardCode, CardPress, NewCallback, SpentCode } from "../../model/ports/callbacks.ts"
import { cardSearches, messageOf } from "../card-tasks.ts"
import type { CardSearch, FoundCard } from "../card-tasks.ts"
import { integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { speak } from "./conversations.ts"
import { query, report } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

/**
 * Finds the cards that an app has sent, also those that it sent for a robot whose message names it in `else`: `id`,
 * `app` and `task_id` of their messages, those that WeCom has accepted first. Each database finds them by an index of
 * its own.
 */
export type FindCards = (app: string, msgtype: TaskType, search: CardSearch) => Work<readonly Row[]>

export class Callbacks implements CallbackStore {
  readonly #db: ColdDatabase
  readonly #findCards: FindCards

  constructor(db: ColdDatabase, findCards: FindCards) {
    this.#db = db
    this.#findCards = findCards
  }

  keep({ app, id, at, type, data, press, spoken }: NewCallback): Promise<"kept" | "known"> {
    const findCards = this.#findCards
    const keep = function* (): Work<"kept" | "known"> {
      // Waits while another node is keeping the same callback.
      const added = yield* query`insert into wecom_push.callbacks (app, id, at) values (${app}, ${id}, ${at})
        on conflict do nothing returning id`
      if (added.length === 0) return "known"
      const card = press === undefined ? undefined : yield* findCard(findCards, app, press)
      if (press !== undefined && card !== undefined && press.responseCode !== "") {
        yield* query`insert into wecom_push.card_codes (code, message, call, userid, at)
          values (${press.responseCode}, ${card.messageId}, ${card.call}, ${press.userid}, ${at}) on conflict do nothing`
      }
      if (spoken !== undefined) yield* speak(spoken, at)
      yield* report([{ at, type, app, ...messageOf(card, app), data }])
      return "kept"
    }
    return this.#db.change(`callback ${app} ${id}`, keep, "callback")
  }

  async cardCodes(messageId: string, { since }: { readonly since: number }): Promise<readonly CardCode[]> {
    const rows = await this.#db.read(
      () => query`select code, call, userid, at, spent_at from wecom_push.card_codes
        where message = ${messageId} and at > ${since} order by at desc, code`,
    )
    return rows.map(toCode)
  }

  async spend({ messageId, call, code, at }: SpentCode): Promise<void> {
    await this.#db.write(
      () => query`insert into wecom_push.card_codes (code, message, call, at, spent_at)
        values (${code}, ${messageId}, ${call}, ${at}, ${at})
        on conflict (code) do update set spent_at = coalesce(card_codes.spent_at, excluded.spent_at)`,
    )
  }
}

function* findCard(findCards: FindCards, app: string, { msgtype, taskId }: CardPress): Work<FoundCard | undefined> {
  for (const search of cardSearches(taskId)) {
    const rows = yield* findCards(app, msgtype, search)
    const found = rows.find((row) => search.isTask(text(row, "task_id")))
    if (found !== undefined) return { messageId: text(found, "id"), app: text(found, "app"), call: search.call }
  }
  return undefined
}

function toCode(row: Row): CardCode {
  return {
    code: text(row, "code"),
    call: integer(row, "call"),
    userid: optionalText(row, "userid"),
    at: integer(row, "at"),
    spentAt: optionalInteger(row, "spent_at"),
  }
}
