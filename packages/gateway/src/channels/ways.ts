import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { Channel } from "./channel.ts"

/** The ways out of one app. */
export interface Ways {
  readonly channel: Channel
  /** For group chats, where another call carries them. */
  readonly chats?: Channel | undefined
}

/** The one by which a target of this kind is reached. */
export function wayTo({ channel, chats }: Ways, kind: TargetKind): Channel {
  return kind === "chat" ? (chats ?? channel) : channel
}

/** @param name of the call kind, as it is stored with a call */
export function wayNamed({ channel, chats }: Ways, name: string): Channel | undefined {
  return [channel, chats].find((way) => way?.kind.name === name)
}
