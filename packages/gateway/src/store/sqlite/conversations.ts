import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { Conversation, ConversationStore, Spoken } from "../../model/ports/conversations.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { numberBelow, pageOfConversations } from "../conversation-rows.ts"

export class SqliteConversations implements ConversationStore {
  readonly #speak: StatementSync
  readonly #page: StatementSync
  readonly #delete: StatementSync

  constructor(db: DatabaseSync) {
    this.#speak = db.prepare(`insert into conversations (bot, type, id, userid, first_at, last_at)
      values (?1, ?2, ?3, ?4, ?5, ?5)
      on conflict (bot, type, id) do update set userid = ?4, last_at = max(last_at, ?5)`)
    this.#page = db.prepare(`select * from conversations where bot = ? and seq < ? order by seq desc limit ?`)
    this.#delete = db.prepare(
      "delete from conversations where bot = ?1 and not exists (select 1 from apps where corp_id = ?1)",
    )
  }

  /** Inside a commit. */
  speak({ bot, type, id, userid }: Spoken, at: number): void {
    this.#speak.run(bot, type, id, userid, at)
  }

  /** Inside a commit: of a robot that no app is any longer. */
  forget(bot: string): void {
    this.#delete.run(bot)
  }

  list(bot: string, { limit, cursor }: PageQuery): Promise<Page<Conversation>> {
    return Promise.try(() => pageOfConversations(this.#page.all(bot, numberBelow(cursor), limit + 1), limit))
  }
}
