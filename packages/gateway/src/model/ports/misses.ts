/**
 * Numbers that no member has count against the corp, and too many of them close WeCom's look-up for a day. Whoever asks
 * takes from the day's budget first and settles with the answer, so that look-ups under way together cannot overspend.
 *
 * What was under way when a process died is given back to the next one: whether those numbers were anybody's is not
 * known, and their messages must not wait for the next day. As much as the budget is given back a day, so that WeCom
 * sees twice the budget at most, however often a process dies.
 */
export interface MissBudget {
  /**
   * @param day as in `2026-11-25`, of Beijing
   * @param claim for whom; once more than half of the budget would be taken, each of them may have its share
   */
  take(corpId: string, day: string, wanted: number, budget: number, claim?: MissClaim): Promise<MissGrant>
  /** Of what was taken so many were asked, and so many of them were nobody's. */
  settle(corpId: string, day: string, asked: AskedNumbers): Promise<void>
  /** Misses of the day, and what is being asked. */
  taken(corpId: string, day: string): Promise<number>
}

export interface MissClaim {
  /** A key and an app, as `key key_1` and `app alerts`. */
  readonly names: readonly string[]
  readonly share: number
  /** Of the priority, from 0: those of other nodes who wait with a lower one go first. 0 unless given. */
  readonly rank?: number
}

export interface MissGrant {
  /** How many of those that are wanted may be asked. */
  readonly granted: number
  /** Why not all of them. */
  readonly short?: MissesShort
}

export interface MissesShort {
  /** Nothing is left for the rest of the day, even if all that is being asked turns out to be somebody's. */
  readonly isSpent: boolean
  /** Whose share it is that there is not more of; undefined when it is the whole budget. */
  readonly share?: ShareOfMisses
}

export interface ShareOfMisses {
  readonly name: string
  /** Missed, or being asked. */
  readonly taken: number
  readonly missed: number
}

export interface AskedNumbers {
  readonly asked: number
  readonly missed: number
  /** Those of the claim. */
  readonly names?: readonly string[]
}
