import type { Conversation, ConversationStore, Spoken } from "../../model/ports/conversations.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { numberBelow, pageOfConversations } from "./conversation-rows.ts"
import { query } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

export class Conversations implements ConversationStore {
  readonly #db: ColdDatabase

  constructor(db: ColdDatabase) {
    this.#db = db
  }

  async list(bot: string, { limit, cursor }: PageQuery): Promise<Page<Conversation>> {
    const rows = await this.#db.read(
      () => query`select * from wecom_push.conversations
        where bot = ${bot} and seq < ${numberBelow(cursor)} order by seq desc limit ${limit + 1}`,
    )
    return pageOfConversations(rows, limit)
  }
}

export function* speak({ bot, type, id, userid }: Spoken, at: number): Work<void> {
  yield* query`insert into wecom_push.conversations (bot, type, id, userid, first_at, last_at)
    values (${bot}, ${type}, ${id}, ${userid}, ${at}, ${at})
    on conflict (bot, type, id) do update set userid = excluded.userid,
      last_at = case when excluded.last_at > conversations.last_at then excluded.last_at else conversations.last_at end`
}

/** Deletes the conversations of a robot that no longer has an app. */
export function* forgetConversations(bot: string): Work<void> {
  yield* query`delete from wecom_push.conversations
    where bot = ${bot} and not exists (select 1 from wecom_push.apps where corp_id = ${bot})`
}
