import type { ChatChange, ChatInfo, NewChat, WeCom } from "@wecom-push/sdk"

/** The group chats of an app: of WeCom itself, or of a gateway. */
export interface Chats {
  /** @returns the chatid */
  create(chat: NewChat): Promise<string>
  get(chatid: string): Promise<ChatInfo>
  /** @returns the chat as it is then */
  update(chatid: string, change: ChatChange): Promise<ChatInfo>
}

/** Asks WeCom. */
export function chatsOf({ chats }: WeCom, signal: AbortSignal): Chats {
  return {
    create: (chat) => chats.create(chat, { signal }),
    get: (chatid) => chats.get(chatid, { signal }),
    async update(chatid, change) {
      await chats.update(chatid, change, { signal })
      return chats.get(chatid, { signal })
    },
  }
}
