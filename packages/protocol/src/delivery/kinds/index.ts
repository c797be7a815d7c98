import { APP_CHAT } from "./app-chat.ts"
import { APP_MESSAGE } from "./app-message.ts"
import type { CallKind, CallKindName } from "./call-kind.ts"
import { GROUP_ROBOT } from "./group-robot.ts"
import { BOT_TAKEN, SMART_ROBOT } from "./smart-robot.ts"

const KINDS: Readonly<Record<CallKindName, CallKind>> = {
  app_message: APP_MESSAGE,
  app_chat: APP_CHAT,
  group_robot: GROUP_ROBOT,
  smart_robot: SMART_ROBOT,
}

/** The kind by the name that is stored with a call; undefined for a name of a later version. */
export function callKind(name: CallKindName): CallKind
export function callKind(name: string): CallKind | undefined
export function callKind(name: string): CallKind | undefined {
  return Object.values(KINDS).find((kind) => kind.name === name)
}

/**
 * The call that carries a message into group chats, besides the one for members; undefined when apps that send by
 * `kind` reach no chat.
 */
export function chatKind(kind: CallKind): CallKind | undefined {
  if (kind.most.chat > 0) return kind
  return kind === APP_MESSAGE ? APP_CHAT : undefined
}

export { APP_CHAT, APP_MESSAGE, BOT_TAKEN, GROUP_ROBOT, SMART_ROBOT }
