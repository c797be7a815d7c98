import { sql } from "kysely"
import type { Conversation, ConversationStore, Spoken } from "../../model/ports/conversations.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { numberBelow, pageOfConversations } from "../conversation-rows.ts"
import type { Row } from "../row.ts"
import type { Transactions, Tx } from "./transactions.ts"

export class PostgresConversations implements ConversationStore {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async list(bot: string, { limit, cursor }: PageQuery): Promise<Page<Conversation>> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select * from wecom_push.conversations
        where bot = ${bot} and seq < ${numberBelow(cursor)} order by seq desc limit ${limit + 1}`.execute(db),
    )
    return pageOfConversations(rows, limit)
  }
}

export async function speak(tx: Tx, { bot, type, id, userid }: Spoken, at: number): Promise<void> {
  await sql`insert into wecom_push.conversations (bot, type, id, userid, first_at, last_at)
    values (${bot}, ${type}, ${id}, ${userid}, ${at}, ${at})
    on conflict (bot, type, id) do update set userid = excluded.userid,
      last_at = greatest(conversations.last_at, excluded.last_at)`.execute(tx)
}

/** Of a robot that no app is any longer. */
export async function forgetConversations(tx: Tx, bot: string): Promise<void> {
  await sql`delete from wecom_push.conversations
    where bot = ${bot} and not exists (select from wecom_push.apps where corp_id = ${bot})`.execute(tx)
}
