import type { Page, PageQuery } from "./reader.ts"

/** The owner of group chats: an app as WeCom knows it, whatever its names here are. */
export interface ChatParty {
  readonly corpId: string
  readonly agentId: number
}

/** A group chat that an app has made, or may have made, as WeCom last described it. */
export interface ChatRecord extends ChatParty {
  /** Unique in the corp. */
  readonly chatid: string
  readonly name: string | undefined
  /** A userid, as are the members. Undefined while WeCom has not said whom it took. */
  readonly owner: string | undefined
  readonly members: readonly string[]
  /** False while the answer to its creation is missing. */
  readonly isMade: boolean
  /** The fingerprint of the request that made the chat; undefined where another program made it. */
  readonly fingerprint: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
}

export type ChatInfo = Pick<ChatRecord, "name" | "owner" | "members">

export type NewChatRecord = ChatParty & ChatInfo & { readonly chatid: string; readonly fingerprint: string }

export interface ChatBegun {
  /** The chat that is kept: an earlier one stays as it is. */
  readonly record: ChatRecord
  readonly isNew: boolean
}

/** A change is known to all nodes on a database at once, since the store keeps nothing in memory. */
export interface ChatStore {
  /**
   * Stores a chat before WeCom is asked to make it, so that it is not made twice even if a process ends in between.
   * @param most how many chats of a corp may be begun from `since` on
   * @returns `limit` where there are that many
   */
  begin(chat: NewChatRecord, at: number, since: number, most: number): Promise<ChatBegun | "limit">
  /** Stores a chat that exists, as WeCom's answer describes it, even if it was not kept before. */
  put(party: ChatParty, chatid: string, info: ChatInfo, at: number): Promise<ChatRecord>
  /** Removes a chat that was certainly not made. A chat that was made stays. */
  forget(corpId: string, chatid: string): Promise<void>
  get(corpId: string, chatid: string): Promise<ChatRecord | undefined>
  /** Newest first. */
  list(party: ChatParty, query: PageQuery): Promise<Page<ChatRecord>>
  /**
   * Counts a change of one of the corp's chats; at most `most` changes are allowed in `windowMs`.
   * @returns undefined where the change may be made; else the time when there is room for one again
   */
  takeChange(corpId: string, at: number, windowMs: number, most: number): Promise<number | undefined>
}
