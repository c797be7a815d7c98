import type { Chat } from "../org/types.ts"

/** The group chats of apps: those of the organisation, and those that were made since. */
export class Chats {
  readonly #chats = new Map<string, Chat>()
  readonly #spoken = new Set<string>()

  /** Another organisation is in force. */
  replace(chats: readonly Chat[]): void {
    this.#chats.clear()
    for (const chat of chats) this.set(chat)
  }

  find(chatid: string): Chat | undefined {
    return this.#chats.get(chatid)
  }

  /** New, or as it is from now on. */
  set(chat: Chat): void {
    this.#chats.set(chat.chatid, chat)
  }

  /** Whether phones show it: a new chat is not seen before its first message. */
  hasSpoken(chatid: string): boolean {
    return this.#spoken.has(chatid)
  }

  speak(chatid: string): void {
    this.#spoken.add(chatid)
  }

  reset(chats: readonly Chat[]): void {
    this.#spoken.clear()
    this.replace(chats)
  }

  all(): Chat[] {
    return [...this.#chats.values()]
  }
}
