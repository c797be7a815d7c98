import type { Party } from "../party.ts"

/**
 * How many person-times a party has used of a day: WeCom lets it send so many and no more, a call to a thousand members
 * counting a thousand. Whoever sends takes first and gives back what did not reach anybody, so that calls under way
 * together cannot overspend, and a crash in between spends too much rather than too little.
 */
export interface PersonTimes {
  /**
   * Writes an event for each app of the party, once a day each, when a quota is running out and when somebody has to wait for
   * the next day.
   */
  take(wish: PersonTimesWish): Promise<PersonTimesTaken>
  giveBack(party: Party, day: string, count: number): Promise<void>
  taken(party: Party, day: string): Promise<number>
}

export interface PersonTimesWish {
  readonly party: Party
  /** As in `2026-11-25`, of Beijing. */
  readonly day: string
  readonly wanted: number
  /** Nothing is granted beyond it. */
  readonly limit: number
  /** From here on it is running out. */
  readonly lowFrom: number
  readonly at: number
}

export interface PersonTimesTaken {
  readonly granted: number
  /** What the events say that were written with it. */
  readonly news: "low" | "spent" | undefined
}
