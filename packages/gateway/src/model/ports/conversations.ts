import type { Page, PageQuery } from "./reader.ts"

/** Where a smart robot may write: a member, or one of a group, has written to it there. */
export interface Conversation {
  readonly type: "user" | "chat"
  /** The member's userid, or the group's chatid. */
  readonly id: string
  /** Who wrote last. */
  readonly userid: string
  readonly firstAt: number
  readonly lastAt: number
}

/** A message in a conversation of a robot. */
export interface Spoken extends Pick<Conversation, "type" | "id" | "userid"> {
  /** Which robot: the `corpId` of its party. */
  readonly bot: string
}

/** Kept by `CallbackStore.keep`, and removed with the last app that is the robot. */
export interface ConversationStore {
  /** Newest first, by when they began. @param bot the `corpId` of its party */
  list(bot: string, query: PageQuery): Promise<Page<Conversation>>
}
