import type { FeedEvent } from "../../../../src/phones/feed-events.ts"
import { readJson } from "../../shell/read-json.ts"
import { batches } from "./batches.ts"
import { followShared } from "./follow-shared.ts"
import { openSource } from "./open-source.ts"
import type { RawFollower } from "./raw-follower.ts"

export interface Follower {
  readonly onOpen: () => void
  readonly onLost: () => void
  readonly onEvents: (events: readonly FeedEvent[]) => void
}

/**
 * Listens to a phone until it is stopped, by the stream that all tabs share; in a browser without shared workers by one of
 * its own, of which it opens six and no more.
 * @param query whose phone, and which part of it
 */
export function follow(query: string, { onOpen, onLost, onEvents }: Follower): () => void {
  const batch = batches(onEvents)
  const follower: RawFollower = {
    onOpen,
    onLost,
    onEvent: (event, data) => batch.add(readJson<FeedEvent>(`{"event":"${event}","data":${data}}`)),
  }
  let stop = "SharedWorker" in globalThis ? followShared(query, follower, aloneInstead) : followAlone(query, follower)
  function aloneInstead(): void {
    stop()
    stop = followAlone(query, follower)
  }
  return () => {
    stop()
    batch.stop()
  }
}

function followAlone(query: string, { onOpen, onLost, onEvent }: RawFollower): () => void {
  return openSource(`/_sim/events?${query}`, { onOpen, onLost, onEvent: (name, { data }) => onEvent(name, data) })
}
