import type { RecipientState, StateCounts } from "@wecom-push/protocol/delivery"

export type RecipientType = "mobile" | "email" | "user" | "department" | "tag" | "all" | "chat" | "robot"

/** As many as one call can carry, so that a settled call touches one or two chunks. */
export const CHUNK_SIZE = 1000

/**
 * Up to `CHUNK_SIZE` recipients of one message, in columns: inserting a million rows would cost a second and a stall, a
 * thousand chunks cost a tenth of that. Index i of each column is recipient i. `details` is sparse: most recipients
 * have only their state.
 */
export interface RecipientChunk {
  readonly index: number
  readonly types: RecipientType[]
  /** As the caller wrote them. */
  readonly addresses: string[]
  readonly states: RecipientState[]
  /** Known once looked up; a recipient named by userid has its address here. Null for departments, tags and all. */
  readonly userids: (string | null)[]
  /** Number (1, 2, …) of the message's call that carried the recipient last; null before. */
  readonly calls: (number | null)[]
  readonly details: Record<number, RecipientDetail>
}

/** A copy that its caller may change. */
export function copyChunk({
  index,
  types,
  addresses,
  states,
  userids,
  calls,
  details,
}: RecipientChunk): RecipientChunk {
  return {
    index,
    types: [...types],
    addresses: [...addresses],
    states: [...states],
    userids: [...userids],
    calls: [...calls],
    details: { ...details },
  }
}

export interface RecipientDetail {
  readonly errcode?: number
  /** One word to branch on, as in `outside_visible_range`; for a pending recipient a `DelayReason`. */
  readonly reason?: string
  /** Milliseconds since 1970: until then the recipient waits for a reason that is not its own fault. */
  readonly delayedUntil?: number
  /** When it reached its state, milliseconds since 1970; absent where its call has the time. */
  readonly at?: number
  /** The app that the recipient gets the message from, where that is not the message's app. It never changes. */
  readonly app?: string
  /** The recipient is to be looked up anew, even when its userid is remembered. */
  readonly fresh?: true
}

/**
 * The position of a recipient in its message: chunk × `CHUNK_SIZE` + slot. A number, since a message has up to a
 * million of them under way, and a pair of numbers takes eight times the memory.
 */
export type RecipientPosition = number

export function positionAt(chunk: number, slot: number): RecipientPosition {
  return chunk * CHUNK_SIZE + slot
}

export function chunkOf(position: RecipientPosition): number {
  return Math.floor(position / CHUNK_SIZE)
}

export function slotOf(position: RecipientPosition): number {
  return position % CHUNK_SIZE
}

export function countStates(chunks: Iterable<RecipientChunk>): StateCounts {
  const counts = emptyCounts()
  for (const { states } of chunks) for (const state of states) counts[state]++
  return counts
}

export function emptyCounts(): Record<RecipientState, number> {
  return {
    pending: 0,
    sent: 0,
    not_found: 0,
    invalid: 0,
    unlicensed: 0,
    failed: 0,
    in_doubt: 0,
    suppressed: 0,
    cancelled: 0,
    expired: 0,
    recalled: 0,
    not_opened: 0,
  }
}
