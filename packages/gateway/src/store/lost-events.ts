import { parseOwn } from "./row.ts"

/** Kept in `meta`, as JSON, under this name. */
export const LOST_EVENTS = "lost_events"

/**
 * What a restore, or a standby that took over, has taken back: events with ids above `after` were told, and are not there.
 * Those that come after it begin at `from`, so far above that no lost one had its id.
 */
export interface LostEvents {
  readonly after: number
  readonly from: number
}

/**
 * @param after id of the newest event that is still the same
 * @param latest id of the newest event, which may have come later than what was lost
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

/** Where ids begin from now on, should they not be there yet. */
export function firstIdAfter(lost: readonly LostEvents[]): number {
  return lost.at(-1)?.from ?? 1
}

/** Whether a reader who has come to this event can go on behind it. */
export function isStillThere(id: number, latest: number, lost: readonly LostEvents[]): boolean {
  return id <= latest && !lost.some(({ after, from }) => id > after && id < from)
}

/** Ten thousand a second for a day. */
const MORE_THAN_WERE_LOST = 1_000_000_000
/** Who has been away for longer than so many restores is told by the newest id, or not at all. */
const MOST_KEPT = 20
