const BOT = "bot:"

/** The name of a smart robot's conversation on phones. */
export function botConversation(botId: string): string {
  return BOT + botId
}

/** The smart robot whose conversation it is; undefined for another's. */
export function botIn(conversation: number | string | null): string | undefined {
  return typeof conversation === "string" && conversation.startsWith(BOT) ? conversation.slice(BOT.length) : undefined
}
