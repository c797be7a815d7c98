import { sql } from "kysely"
import type { ChatBegun, ChatInfo, ChatParty, ChatRecord, ChatStore, NewChatRecord } from "../../model/ports/chats.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { changeTaken, pageOfChats, toChat } from "../chat-rows.ts"
import { numberBelow } from "../conversation-rows.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { LOCKS } from "./locks.ts"
import type { Transactions, Tx } from "./transactions.ts"

export class PostgresChats implements ChatStore {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  begin(chat: NewChatRecord, at: number, since: number, most: number): Promise<ChatBegun | "limit"> {
    const { corpId, agentId, chatid, name, owner, members, fingerprint } = chat
    return this.#alone(async (tx): Promise<ChatBegun | "limit"> => {
      const { rows: known } = await sql<Row>`select * from wecom_push.chats
        where corp_id = ${corpId} and chatid = ${chatid}`.execute(tx)
      if (known[0] !== undefined) return { record: toChat(known[0]), isNew: false }
      const { rows: counted } = await sql<Row>`select count(*)::integer as count from wecom_push.chats
        where corp_id = ${corpId} and created_at >= ${since}`.execute(tx)
      if (integer(first(counted), "count") >= most) return "limit"
      const { rows } = await sql<Row>`insert into wecom_push.chats
          (corp_id, agent_id, chatid, name, owner, members, is_made, fingerprint, created_at, updated_at)
        values (${corpId}, ${agentId}, ${chatid}, ${name ?? null}, ${owner ?? null}, ${JSON.stringify(members)}, false,
          ${fingerprint}, ${at}, ${at}) returning *`.execute(tx)
      return { record: toChat(first(rows)), isNew: true }
    })
  }

  put({ corpId, agentId }: ChatParty, chatid: string, info: ChatInfo, at: number): Promise<ChatRecord> {
    const { name = null, owner = null, members } = info
    return this.#alone(async (tx) => {
      const { rows } = await sql<Row>`insert into wecom_push.chats
          (corp_id, agent_id, chatid, name, owner, members, is_made, created_at, updated_at)
        values (${corpId}, ${agentId}, ${chatid}, ${name}, ${owner}, ${JSON.stringify(members)}, true, ${at}, ${at})
        on conflict (corp_id, chatid) do update set agent_id = excluded.agent_id, name = excluded.name,
          owner = excluded.owner, members = excluded.members, is_made = true, updated_at = excluded.updated_at
        returning *`.execute(tx)
      return toChat(first(rows))
    })
  }

  async forget(corpId: string, chatid: string): Promise<void> {
    await this.#transactions.run((tx) =>
      sql`delete from wecom_push.chats where corp_id = ${corpId} and chatid = ${chatid} and not is_made`.execute(tx),
    )
  }

  get(corpId: string, chatid: string): Promise<ChatRecord | undefined> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.chats
        where corp_id = ${corpId} and chatid = ${chatid}`.execute(db)
      return rows[0] === undefined ? undefined : toChat(rows[0])
    })
  }

  list({ corpId, agentId }: ChatParty, { limit, cursor }: PageQuery): Promise<Page<ChatRecord>> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.chats
        where corp_id = ${corpId} and agent_id = ${agentId} and seq < ${numberBelow(cursor)}
        order by seq desc limit ${limit + 1}`.execute(db)
      return pageOfChats(rows, limit)
    })
  }

  takeChange(corpId: string, at: number, windowMs: number, most: number): Promise<number | undefined> {
    return this.#alone(async (tx) => {
      const { rows } = await sql<Row>`select times from wecom_push.chat_changes where corp_id = ${corpId}`.execute(tx)
      const taken = changeTaken(rows[0] === undefined ? null : text(rows[0], "times"), { at, windowMs, most })
      if ("untilMs" in taken) return taken.untilMs
      await sql`insert into wecom_push.chat_changes (corp_id, times) values (${corpId}, ${taken.times})
        on conflict (corp_id) do update set times = excluded.times`.execute(tx)
      return undefined
    })
  }

  /** One after another on all nodes: what they count is shared, and there are few. */
  #alone<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transactions.run(async (tx) => {
      await sql`select pg_advisory_xact_lock(${LOCKS.chats})`.execute(tx)
      return work(tx)
    })
  }
}

function first(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error("a row was expected")
  return row
}
