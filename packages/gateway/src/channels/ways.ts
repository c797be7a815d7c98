import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { Channel } from "./channel.ts"

/** The channels of one app. */
export interface Ways {
  readonly channel: Channel
  /** The channel for group chats, where they need another call. */
  readonly chats?: Channel | undefined
}

/** The channel that reaches a target of this kind. */
export function wayTo({ channel, chats }: Ways, kind: TargetKind): Channel {
  return kind === "chat" ? (chats ?? channel) : channel
}

/** @param name of the call kind, as it is stored with a call */
export function wayNamed({ channel, chats }: Ways, name: string): Channel | undefined {
  return [channel, chats].find((way) => way?.kind.name === name)
}
