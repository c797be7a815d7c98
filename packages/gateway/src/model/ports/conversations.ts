import type { Page, PageQuery } from "./reader.ts"

/** Where a smart robot may write: a member, or one of a group, has written to it there. */
export interface Conversation {
  readonly type: "user" | "chat"
  /** The member's userid, or the group's chatid. */
  readonly id: string
  /** The member who wrote last. */
  readonly userid: string
  readonly firstAt: number
  readonly lastAt: number
}

/** A message that a member wrote in a conversation with a robot. */
export interface Spoken extends Pick<Conversation, "type" | "id" | "userid"> {
  /** The `corpId` of the robot's party. */
  readonly bot: string
}

/** Conversations are kept by `CallbackStore.keep`, and removed with the last app of their robot. */
export interface ConversationStore {
  /** Newest first, by the time they began. @param bot the `corpId` of its party */
  list(bot: string, query: PageQuery): Promise<Page<Conversation>>
}
