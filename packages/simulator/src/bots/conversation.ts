import type { Bot } from "../org/types.ts"
import type { BotWorld } from "./bot-world.ts"

/** Where a smart robot sends: a member's chat with it, or a group that it is in. */
export interface Conversation {
  /** The userid in a single chat. */
  readonly chatid: string
  readonly kind: "single" | "group"
  /** Whose phones show what is sent. */
  readonly userids: readonly string[]
  readonly isOpened: boolean
}

const SINGLE = 1
const GROUP = 2

/** @param chatType 1 a member, 2 a group, anything else either */
export function findConversation(
  world: BotWorld,
  bot: Bot,
  chatid: string,
  chatType: unknown,
): Conversation | undefined {
  const group = chatType === SINGLE ? undefined : bot.groups.find((one) => one.chatid === chatid)
  if (group !== undefined) return { chatid, kind: "group", userids: group.members, isOpened: true }
  const member = chatType === GROUP ? undefined : world.org.member(chatid)
  if (member === undefined) return undefined
  const { userid } = member
  return { chatid: userid, kind: "single", userids: [userid], isOpened: world.bots.hasOpened(bot, userid) }
}
