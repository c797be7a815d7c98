import type { Party } from "../party.ts"

/** Somebody who has got so much in an hour that the limit may be near. */
export interface BusyMember {
  readonly party: Party
  /** Key of a target of calls. */
  readonly member: string
  /** How much that was, rounded down: `limits/busy-members.ts` says how far. */
  readonly count: number
  /** When it was told last. */
  readonly at: number
}

/**
 * Members who may be near the limit of an hour. What the store knows of calls tells the same, and takes long to read
 * where a million went out.
 */
export interface BusyMembers {
  /** Instead of what was told of that member before. */
  note(member: BusyMember): Promise<void>
  /** Those told of since then. */
  since(at: number): Promise<BusyMembersTold>
}

export interface BusyMembersTold {
  /** Who became busy before it was not told of: the store kept none yet. */
  readonly completeFrom: number
  readonly members: readonly BusyMember[]
}
