import type { Page, PageQuery } from "./reader.ts"

/** Whose group chats: an app as WeCom knows it, whatever its names here are. */
export interface ChatParty {
  readonly corpId: string
  readonly agentId: number
}

/** A group chat that an app has made, or may have: as it was when WeCom last told of it. */
export interface ChatRecord extends ChatParty {
  /** Unique in the corp. */
  readonly chatid: string
  readonly name: string | undefined
  /** A userid, as are the members. Undefined while WeCom has not said whom it took. */
  readonly owner: string | undefined
  readonly members: readonly string[]
  /** False while the answer to its creation is missing. */
  readonly isMade: boolean
  /** Of the request that made it; undefined where another program did. */
  readonly fingerprint: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
}

export type ChatInfo = Pick<ChatRecord, "name" | "owner" | "members">

export type NewChatRecord = ChatParty & ChatInfo & { readonly chatid: string; readonly fingerprint: string }

export interface ChatBegun {
  /** The one that is kept: an earlier one stays as it is. */
  readonly record: ChatRecord
  readonly isNew: boolean
}

/** Known to all nodes on a database at once: nothing of it is remembered by the store. */
export interface ChatStore {
  /**
   * Before WeCom is asked to make it, so that it is not made twice whatever dies in between.
   * @param most how many of a corp may be begun from `since` on
   * @returns `limit` where there are that many
   */
  begin(chat: NewChatRecord, at: number, since: number, most: number): Promise<ChatBegun | "limit">
  /** It is there, and so by WeCom's answer; one that was not kept is, from now on. */
  put(party: ChatParty, chatid: string, info: ChatInfo, at: number): Promise<ChatRecord>
  /** It was certainly not made. One that is made stays. */
  forget(corpId: string, chatid: string): Promise<void>
  get(corpId: string, chatid: string): Promise<ChatRecord | undefined>
  /** Newest first. */
  list(party: ChatParty, query: PageQuery): Promise<Page<ChatRecord>>
  /**
   * Counts a change of one of the corp's chats.
   * @returns undefined where it may be made; else when there is room for one again: no more than `most` in `windowMs`
   */
  takeChange(corpId: string, at: number, windowMs: number, most: number): Promise<number | undefined>
}
