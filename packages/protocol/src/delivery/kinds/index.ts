import { APP_CHAT } from "./app-chat.ts"
import { APP_MESSAGE } from "./app-message.ts"
import type { CallKind, CallKindName } from "./call-kind.ts"
import { GROUP_ROBOT } from "./group-robot.ts"
import { SMART_ROBOT } from "./smart-robot.ts"

const KINDS: Readonly<Record<CallKindName, CallKind>> = {
  app_message: APP_MESSAGE,
  app_chat: APP_CHAT,
  group_robot: GROUP_ROBOT,
  smart_robot: SMART_ROBOT,
}

/** By the name that is stored with a call. */
export const callKind = (name: CallKindName): CallKind => KINDS[name]

export { APP_MESSAGE }
