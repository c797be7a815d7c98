import type { FeedEvent } from "../../../../src/phones/feed-events.ts"

const BATCH_MS = 50

/** Under load events come faster than a screen can show them: what comes within a few frames is drawn at once. */
export function batches(take: (events: readonly FeedEvent[]) => void): { add(event: FeedEvent): void; stop(): void } {
  let waiting: FeedEvent[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastMs = -Infinity
  const flush = (): void => {
    timer = undefined
    lastMs = performance.now()
    const events = waiting
    waiting = []
    take(events)
  }
  return {
    add(event) {
      waiting.push(event)
      timer ??= setTimeout(flush, Math.max(lastMs + BATCH_MS - performance.now(), 0))
    },
    stop: () => clearTimeout(timer),
  }
}
