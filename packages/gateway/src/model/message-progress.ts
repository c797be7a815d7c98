import { messageState } from "@wecom-push/protocol/delivery"
import type { MessageState, StateCounts } from "@wecom-push/protocol/delivery"
import type { EventType } from "./ports/events.ts"

export interface Transition {
  /** Undefined while recipients are pending. */
  readonly finalState: MessageState | undefined
  readonly finishedAt: number | undefined
  /** The event to write. */
  readonly event: Extract<EventType, `message.${string}`> | undefined
}

/**
 * The effect of new counts on a message that was finished at `finishedBefore`, or unfinished when that is undefined.
 */
export function progress(finishedBefore: number | undefined, counts: StateCounts, at: number): Transition {
  if (counts.pending > 0) {
    const event = finishedBefore === undefined ? undefined : "message.reopened"
    return { finalState: undefined, finishedAt: undefined, event }
  }
  const finalState = messageState({ counts, started: true, sendAt: 0 }, at)
  if (finishedBefore === undefined) return { finalState, finishedAt: at, event: "message.finished" }
  // A finished message can have another result now, for example after a recall.
  return { finalState, finishedAt: finishedBefore, event: "message.changed" }
}
