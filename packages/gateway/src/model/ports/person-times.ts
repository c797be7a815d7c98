import type { Party } from "../party.ts"

/**
 * How many person-times a party has used of a day: WeCom limits them, and a call to a thousand members counts a
 * thousand. A sender takes first and gives back those that reached no recipient, so that simultaneous calls cannot
 * overspend, and a crash in between spends too much rather than too little.
 */
export interface PersonTimes {
  /**
   * Writes an event for each app of the party, once a day each, when a quota is running out and when a recipient has to
   * wait for the next day.
   */
  take(wish: PersonTimesWish): Promise<PersonTimesTaken>
  giveBack(party: Party, day: string, count: number): Promise<void>
  taken(party: Party, day: string): Promise<number>
}

export interface PersonTimesWish {
  readonly party: Party
  /** Beijing's day, as in `2026-11-25`. */
  readonly day: string
  readonly wanted: number
  /** The quota: nothing is granted beyond it. */
  readonly limit: number
  /** The quota is running out from this number on. */
  readonly lowFrom: number
  readonly at: number
}

export interface PersonTimesTaken {
  readonly granted: number
  /** What the events written with it report. */
  readonly news: "low" | "spent" | undefined
}
