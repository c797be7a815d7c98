import { BOT_TYPES } from "./check-chat-payload.ts"
import { checkMessageOf } from "./check-message.ts"
import type { Fault } from "./fault.ts"

/**
 * The same as `checkMessage`, for what a smart robot sends (`aibot_send_msg`): markdown, cards, media, without `chatid`
 * and `chat_type`.
 * @see https://developer.work.weixin.qq.com/document/path/101463
 */
export function checkBotMessage(message: unknown): Fault[] {
  return checkMessageOf(BOT_TYPES, message)
}
