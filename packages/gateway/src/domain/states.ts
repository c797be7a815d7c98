import type { RecipientState } from "@wecom-push/protocol/delivery"

export type StateCounts = Readonly<Record<RecipientState, number>>

export const MESSAGE_STATES = [
  "scheduled",
  "queued",
  "sending",
  "sent",
  "partly_sent",
  "in_doubt",
  "failed",
  "cancelled",
  "expired",
  "recalled",
] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

export interface Progress {
  readonly counts: StateCounts
  /** Has a call gone out (or begun to)? */
  readonly started: boolean
  /** Milliseconds since 1970. */
  readonly sendAt: number
}

/** A message has no state of its own: it follows from its recipients, whether a call has started, and the time. */
export function messageState({ counts, started, sendAt }: Progress, now: number): MessageState {
  if (counts.pending > 0) return started ? "sending" : sendAt > now ? "scheduled" : "queued"
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const reached = counts.sent + counts.suppressed
  if (reached === total) return "sent"
  if (reached > 0) return "partly_sent"
  if (counts.in_doubt > 0) return "in_doubt"
  for (const state of ["cancelled", "expired", "recalled"] as const) {
    if (counts[state] === total) return state
  }
  return "failed"
}

function isMessageState(word: string): word is MessageState {
  return MESSAGE_STATES.some((state) => state === word)
}

/** @throws for a word that is no state */
export function parseMessageState(word: string): MessageState {
  if (!isMessageState(word)) throw new TypeError(`${word} is not a state of a message`)
  return word
}
