import type { ChatBegun, ChatInfo, ChatParty, ChatRecord, ChatStore, NewChatRecord } from "../../model/ports/chats.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { changeTaken, pageOfChats, toChat } from "./chat-rows.ts"
import { numberBelow } from "./conversation-rows.ts"
import { integer, text } from "../row.ts"
import { onlyRow, query } from "./work.ts"
import type { ColdDatabase } from "./work.ts"

/** Group chats. Changes come one after another on all nodes, since they share a count; there are few of them. */
export class Chats implements ChatStore {
  readonly #db: ColdDatabase

  constructor(db: ColdDatabase) {
    this.#db = db
  }

  begin(chat: NewChatRecord, at: number, since: number, most: number): Promise<ChatBegun | "limit"> {
    const { corpId, agentId, chatid, name = null, owner = null, members, fingerprint } = chat
    return this.#db.changeAlone<ChatBegun | "limit">("chats", function* () {
      const [known] = yield* query`select * from wecom_push.chats where corp_id = ${corpId} and chatid = ${chatid}`
      if (known !== undefined) return { record: toChat(known), isNew: false }
      const counted = yield* query`select count(*) as count from wecom_push.chats
        where corp_id = ${corpId} and created_at >= ${since}`
      if (integer(onlyRow(counted), "count") >= most) return "limit"
      const rows = yield* query`insert into wecom_push.chats
          (corp_id, agent_id, chatid, name, owner, members, is_made, fingerprint, created_at, updated_at)
        values (${corpId}, ${agentId}, ${chatid}, ${name}, ${owner}, ${JSON.stringify(members)}, false, ${fingerprint},
          ${at}, ${at}) returning *`
      return { record: toChat(onlyRow(rows)), isNew: true }
    })
  }

  put({ corpId, agentId }: ChatParty, chatid: string, info: ChatInfo, at: number): Promise<ChatRecord> {
    const { name = null, owner = null, members } = info
    return this.#db.changeAlone("chats", function* () {
      const rows = yield* query`insert into wecom_push.chats
          (corp_id, agent_id, chatid, name, owner, members, is_made, created_at, updated_at)
        values (${corpId}, ${agentId}, ${chatid}, ${name}, ${owner}, ${JSON.stringify(members)}, true, ${at}, ${at})
        on conflict (corp_id, chatid) do update set agent_id = excluded.agent_id, name = excluded.name,
          owner = excluded.owner, members = excluded.members, is_made = true, updated_at = excluded.updated_at
        returning *`
      return toChat(onlyRow(rows))
    })
  }

  async forget(corpId: string, chatid: string): Promise<void> {
    await this.#db.write(
      () => query`delete from wecom_push.chats where corp_id = ${corpId} and chatid = ${chatid} and not is_made`,
    )
  }

  async get(corpId: string, chatid: string): Promise<ChatRecord | undefined> {
    const [row] = await this.#db.read(
      () => query`select * from wecom_push.chats where corp_id = ${corpId} and chatid = ${chatid}`,
    )
    return row === undefined ? undefined : toChat(row)
  }

  async list({ corpId, agentId }: ChatParty, { limit, cursor }: PageQuery): Promise<Page<ChatRecord>> {
    const rows = await this.#db.read(
      () => query`select * from wecom_push.chats
        where corp_id = ${corpId} and agent_id = ${agentId} and seq < ${numberBelow(cursor)}
        order by seq desc limit ${limit + 1}`,
    )
    return pageOfChats(rows, limit)
  }

  takeChange(corpId: string, at: number, windowMs: number, most: number): Promise<number | undefined> {
    return this.#db.changeAlone("chats", function* () {
      const [row] = yield* query`select times from wecom_push.chat_changes where corp_id = ${corpId}`
      const taken = changeTaken(row === undefined ? null : text(row, "times"), { at, windowMs, most })
      if ("untilMs" in taken) return taken.untilMs
      yield* query`insert into wecom_push.chat_changes (corp_id, times) values (${corpId}, ${taken.times})
        on conflict (corp_id) do update set times = excluded.times`
      return undefined
    })
  }
}
