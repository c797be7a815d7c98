import { CHAT_TYPES, ROBOT_TYPES } from "./check-chat-payload.ts"
import { checkMessageOf } from "./check-message.ts"
import type { Fault } from "./fault.ts"

/**
 * The same as `checkMessage`, for what a group robot sends.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export function checkRobotMessage(message: unknown): Fault[] {
  return checkMessageOf(ROBOT_TYPES, message)
}

/**
 * The same as `checkMessage`, for what an app sends into a group chat.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export function checkChatMessage(message: unknown): Fault[] {
  return checkMessageOf(CHAT_TYPES, message)
}
