import type { Party } from "../party.ts"

/** A member who has got so much in an hour that the limit may be near. */
export interface BusyMember {
  readonly party: Party
  /** Key of a target of calls. */
  readonly member: string
  /** How many messages that was, rounded down: `limits/busy-members.ts` says how far. */
  readonly count: number
  /** When it was last reported. */
  readonly at: number
}

/**
 * Members who may be near the limit of an hour. The stored calls hold the same, but take long to read after a million
 * sends.
 */
export interface BusyMembers {
  /** Replaces the earlier report of that member. */
  note(member: BusyMember): Promise<void>
  /** Members reported since then. */
  since(at: number): Promise<BusyMembersTold>
}

export interface BusyMembersTold {
  /** Members who became busy before this time may be missing: the store kept no reports yet. */
  readonly completeFrom: number
  readonly members: readonly BusyMember[]
}
