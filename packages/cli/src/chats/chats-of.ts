import type { ChatChange, ChatInfo, NewChat, WeCom } from "@wecom-push/sdk"

/** The group chats of an app, by WeCom itself or by a gateway. */
export interface Chats {
  /** @returns the chatid */
  create(chat: NewChat): Promise<string>
  get(chatid: string): Promise<ChatInfo>
  /** @returns the chat after the change */
  update(chatid: string, change: ChatChange): Promise<ChatInfo>
}

/** The chats by WeCom. */
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
