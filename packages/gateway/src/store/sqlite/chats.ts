import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ChatBegun, ChatInfo, ChatParty, ChatRecord, ChatStore, NewChatRecord } from "../../model/ports/chats.ts"
import type { Page, PageQuery } from "../../model/ports/reader.ts"
import { changeTaken, pageOfChats, toChat } from "../chat-rows.ts"
import { numberBelow } from "../conversation-rows.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import type { GroupCommit } from "./group-commit.ts"

export class SqliteChats implements ChatStore {
  readonly #commit: GroupCommit
  readonly #one: StatementSync
  readonly #begun: StatementSync
  readonly #insert: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #page: StatementSync
  readonly #changes: StatementSync
  readonly #setChanges: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#one = db.prepare("select * from chats where corp_id = ? and chatid = ?")
    this.#begun = db.prepare("select count(*) as count from chats where corp_id = ? and created_at >= ?")
    this.#insert = db.prepare(`insert into chats
      (corp_id, agent_id, chatid, name, owner, members, is_made, fingerprint, created_at, updated_at)
      values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?8) returning *`)
    this.#put = db.prepare(`insert into chats
      (corp_id, agent_id, chatid, name, owner, members, is_made, created_at, updated_at)
      values (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)
      on conflict (corp_id, chatid) do update set agent_id = ?2, name = ?4, owner = ?5, members = ?6, is_made = 1,
        updated_at = ?7 returning *`)
    this.#delete = db.prepare("delete from chats where corp_id = ? and chatid = ? and is_made = 0")
    this.#page = db.prepare(
      "select * from chats where corp_id = ? and agent_id = ? and seq < ? order by seq desc limit ?",
    )
    this.#changes = db.prepare("select times from chat_changes where corp_id = ?")
    this.#setChanges = db.prepare("insert or replace into chat_changes (corp_id, times) values (?, ?)")
  }

  begin(chat: NewChatRecord, at: number, since: number, most: number): Promise<ChatBegun | "limit"> {
    const { corpId, agentId, chatid, name, owner, members, fingerprint } = chat
    return this.#inside((): ChatBegun | "limit" => {
      const known = this.#one.get(corpId, chatid)
      if (known !== undefined) return { record: toChat(known), isNew: false }
      if (integer(written(this.#begun.get(corpId, since)), "count") >= most) return "limit"
      const listed = JSON.stringify(members)
      const row = this.#insert.get(corpId, agentId, chatid, name ?? null, owner ?? null, listed, fingerprint, at)
      return { record: toChat(written(row)), isNew: true }
    })
  }

  put({ corpId, agentId }: ChatParty, chatid: string, info: ChatInfo, at: number): Promise<ChatRecord> {
    const { name, owner, members } = info
    const listed = JSON.stringify(members)
    return this.#inside(() =>
      toChat(written(this.#put.get(corpId, agentId, chatid, name ?? null, owner ?? null, listed, at))),
    )
  }

  forget(corpId: string, chatid: string): Promise<void> {
    return this.#inside(() => void this.#delete.run(corpId, chatid))
  }

  get(corpId: string, chatid: string): Promise<ChatRecord | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(corpId, chatid)
      return row === undefined ? undefined : toChat(row)
    })
  }

  list({ corpId, agentId }: ChatParty, { limit, cursor }: PageQuery): Promise<Page<ChatRecord>> {
    return Promise.try(() => pageOfChats(this.#page.all(corpId, agentId, numberBelow(cursor), limit + 1), limit))
  }

  takeChange(corpId: string, at: number, windowMs: number, most: number): Promise<number | undefined> {
    return this.#inside(() => {
      const row = this.#changes.get(corpId)
      const taken = changeTaken(row === undefined ? null : text(row, "times"), { at, windowMs, most })
      if ("untilMs" in taken) return taken.untilMs
      this.#setChanges.run(corpId, taken.times)
      return undefined
    })
  }

  #inside<T>(work: () => T): Promise<T> {
    return this.#commit.submit<T>({ kind: "inside", work })
  }
}

function written(row: Row | undefined): Row {
  if (row === undefined) throw new Error("a row was expected")
  return row
}
