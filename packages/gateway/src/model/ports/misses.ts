/**
 * Numbers that no member has count against the corp, and too many of them close WeCom's look-up for a day. A caller
 * first takes from the day's budget and settles with the answer, so that simultaneous look-ups cannot overspend.
 *
 * When a process died, the next one gets back the numbers that were being asked: it is not known whether they were
 * members' numbers, and their messages must not wait for the next day. At most the budget is given back in a day, so
 * that WeCom sees at most twice the budget, however often a process dies.
 */
export interface MissBudget {
  /**
   * @param day as in `2026-11-25`, of Beijing
   * @param claim the key and the app; once more than half of the budget would be taken, each of them may have its share
   */
  take(corpId: string, day: string, wanted: number, budget: number, claim?: MissClaim): Promise<MissGrant>
  /** Stores how many of the taken numbers were asked, and how many of those no member has. */
  settle(corpId: string, day: string, asked: AskedNumbers): Promise<void>
  /** Misses of the day, plus the numbers that are being asked. */
  taken(corpId: string, day: string): Promise<number>
}

export interface MissClaim {
  /** A key and an app, as `key key_1` and `app alerts`. */
  readonly names: readonly string[]
  readonly share: number
  /** The rank of the priority, from 0: waiting callers of other nodes with a lower rank go first. 0 unless given. */
  readonly rank?: number
}

export interface MissGrant {
  /** How many of the wanted ones may be asked. */
  readonly granted: number
  /** Why fewer were granted than wanted. */
  readonly short?: MissesShort
}

export interface MissesShort {
  /** Nothing is left for the rest of the day, even if all numbers that are being asked turn out to be members'. */
  readonly isSpent: boolean
  /** The share that is used up; undefined when it is the whole budget. */
  readonly share?: ShareOfMisses
}

export interface ShareOfMisses {
  readonly name: string
  /** Misses, plus the numbers that are being asked. */
  readonly taken: number
  readonly missed: number
}

export interface AskedNumbers {
  readonly asked: number
  readonly missed: number
  /** The names of the claim. */
  readonly names?: readonly string[]
}
