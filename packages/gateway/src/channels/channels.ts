import type { CallKind } from "@wecom-push/protocol/delivery"
import { APP_CHAT, APP_MESSAGE, GROUP_ROBOT } from "@wecom-push/protocol/delivery"
import type { Api, KeyedApi } from "@wecom-push/sdk/internals"
import type { AppRecord, AppSecrets } from "../model/ports/apps.ts"
import { appChatChannel } from "./app-chat/app-chat.ts"
import { appMessageChannel } from "./app-message/app-message.ts"
import type { Channel } from "./channel.ts"
import { groupRobotChannel } from "./group-robot/group-robot.ts"

/** How the apps of one kind reach WeCom. */
interface ChannelOfKind extends Opener {
  /** For group chats, where they need another call. */
  readonly chats?: Opener
}

interface Opener {
  readonly callKind: CallKind
  open(parts: ChannelParts): Channel
}

export interface ChannelParts {
  readonly app: AppRecord
  readonly secrets: AppSecrets
  /** Gets tokens with the app's corp id and secret when it is first used. */
  readonly api: Api
  /** Uses the app's secret as the key of each call. */
  readonly keyed: () => KeyedApi
}

/** The channels of a gateway, by the kind of app. */
export type Channels = Readonly<Record<string, ChannelOfKind>>

export const CHANNELS: Channels = {
  app: {
    callKind: APP_MESSAGE,
    open: ({ app, api }) => appMessageChannel(api, app.agentId),
    chats: { callKind: APP_CHAT, open: ({ api }) => appChatChannel(api) },
  },
  robot: { callKind: GROUP_ROBOT, open: ({ keyed }) => groupRobotChannel(keyed()) },
}

/** @param name the name that is stored with a call */
export function callKindNamed(channels: Channels, name: string): CallKind | undefined {
  const openers = Object.values(channels).flatMap((of) => [of, ...(of.chats === undefined ? [] : [of.chats])])
  return openers.find(({ callKind }) => callKind.name === name)?.callKind
}
