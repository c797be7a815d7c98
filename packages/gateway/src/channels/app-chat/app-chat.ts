import { APP_CHAT } from "@wecom-push/protocol/delivery"
import type { Api } from "@wecom-push/sdk/internals"
import { callOnce } from "../../wecom/call-once.ts"
import type { Channel } from "../channel.ts"

/**
 * Sends messages of an app into the group chats that it has made. Files are uploaded, and the connection is checked, by the
 * app's other channel.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export function appChatChannel(api: Api): Channel {
  return { kind: APP_CHAT, send: (call) => callOnce(api, { path: APP_CHAT.api, ...call }) }
}
