import { parseOwn } from "./row.ts"

/** Kept in `meta`, as JSON, under this name. */
export const LOST_EVENTS = "lost_events"

/**
 * The events that a restore, or a standby that took over, has lost: those with ids above `after` were sent, and no
 * longer exist. Later events begin at `from`, which is so high that no lost event had that id.
 */
export interface LostEvents {
  readonly after: number
  readonly from: number
}

/**
 * @param after id of the newest event that is still the same
 * @param latest id of the newest event, which may have come later than the lost ones
 */
export function lostSince(after: number, latest = after): LostEvents {
  return { after, from: latest + MORE_THAN_WERE_LOST }
}

export function withLost(stored: string | undefined, lost: LostEvents): string {
  return JSON.stringify([...parseLost(stored), lost].slice(-MOST_KEPT))
}

export function parseLost(stored: string | undefined): readonly LostEvents[] {
  return stored === undefined ? [] : parseOwn(stored)
}

/** The lowest id that a new event may get. */
export function firstIdAfter(lost: readonly LostEvents[]): number {
  return lost.at(-1)?.from ?? 1
}

/** Whether a reader of this event can continue after it. */
export function isStillThere(id: number, latest: number, lost: readonly LostEvents[]): boolean {
  return id <= latest && !lost.some(({ after, from }) => id > after && id < from)
}

/** More events than could have been lost: ten thousand a second for a day. */
const MORE_THAN_WERE_LOST = 1_000_000_000
/** A reader that has missed more restores than this is noticed by the newest id, or not at all. */
const MOST_KEPT = 20
