import type { FeedEvent } from "../../../../src/phones/feed-events.ts"

/** Gets events as they come: their name, and their data in JSON. */
export interface RawFollower {
  readonly onOpen: () => void
  readonly onLost: () => void
  readonly onEvent: (name: FeedEvent["event"], data: string) => void
}
