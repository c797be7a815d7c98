import type { Clock } from "@wecom-push/sdk"
import type { LookupPause } from "@wecom-push/sdk/internals"
import type { Party } from "../party.ts"

/**
 * What all nodes on a database count together, so that their sum stays inside WeCom's limits. Time is the database's.
 */
export interface SharedCounts {
  readonly windows: SharedWindows
  readonly slots: SharedPermits
  readonly paces: SharedPaces
  /** @param clock of the node, in whose time pauses are returned */
  pauses(clock: Pick<Clock, "now">): SharedPauses
}

/** How much each member got from a party in the last minute and the last hour. */
export interface SharedWindows {
  /** Counts a call in where there is room. @throws {StorageError} */
  take(wish: WindowWish): Promise<WindowsTaken>
  /** A message waits for room of this member because of sends of this process alone. */
  waitedFor(party: Party, member: string): void
  /** Counts a call in without checking for room. @throws {StorageError} */
  force(wish: WindowWish): Promise<WindowHold>
}

export interface WindowWish {
  readonly party: Party
  /** Each once. */
  readonly members: readonly string[]
  /** The message that asks. */
  readonly owner: string
  /** Of its priority, from 0: waiting messages with a lower or equal rank go first. */
  readonly rank: number
  /** Null: without limit. */
  readonly memberPerMinute: number | null
  readonly memberPerHour: number | null
}

export interface WindowsTaken {
  readonly hold: WindowHold
  /** Members without room, and how long from now they wait. */
  readonly waitMs: ReadonlyMap<string, number>
}

/**
 * Members who count as reached by a call until more is known. They count for as long as this process lives; after its
 * death, until the call has certainly ended, and for the length of a window from then on.
 */
export interface WindowHold {
  /** Moves these members to a hold of another call. */
  split(members: readonly string[]): WindowHold
  /**
   * Before the first byte goes out.
   * @returns false when they may no longer count: nothing may go out. True: they count for as long as one request lasts
   */
  renew(): boolean | Promise<boolean>
  /** Never fails: at worst they count for longer. @param agoMs when the call reached them; undefined: it did not */
  end(agoMs: number | undefined): Promise<void>
}

/** A limit of concurrent work across all nodes, handed out to nodes in blocks. */
export interface SharedPermits {
  /** @returns what each asker holds from now on, in their order. @throws {StorageError} */
  exchange(asks: readonly PermitAsk[]): Promise<readonly PermitGrant[]>
  /** @throws {StorageError} */
  look(pools: readonly string[]): Promise<PermitsSeen>
}

export interface PermitAsk {
  readonly pool: string
  /** Of all nodes together. */
  readonly limit: number
  /** Not more than what is held: the rest is given back. */
  readonly keep: number
  /** How many there is use for. */
  readonly need: number
}

export interface PermitGrant {
  readonly held: number
  /** What of that is the node's share while others are short; whatever is more is to be given back when it ends. */
  readonly share: number
  /** Other nodes have use for more than they hold. */
  readonly othersAreShort: boolean
}

export interface PermitsSeen {
  /** Pools of which some node could use more than it holds. */
  readonly short: ReadonlySet<string>
}

/** How many look-ups of a corp, or whatever else has a pace, are let through. */
export interface SharedPaces {
  /**
   * @param corpId or another name of the pace
   * @param answered earlier places, which count by when they were answered from now on
   * @param together all of those may ask, or none: `ahead` is how much room others of this node need before
   * @returns how many of those may ask now; for the others, in how many milliseconds to come again. @throws {StorageError}
   */
  take(
    corpId: string,
    rules: readonly PaceLimit[],
    wanted: number,
    answered?: readonly AnsweredPlace[],
    together?: { readonly ahead: number },
  ): Promise<PaceTaken>
}

export interface PaceLimit {
  readonly limit: number
  readonly windowMs: number
}

export interface PaceTaken {
  readonly granted: number
  readonly againInMs: number
  /** By which time they count. */
  readonly at: number
}

/** A look-up that has arrived at WeCom between these times: windows count it by the later one. */
export interface AnsweredPlace {
  readonly takenAt: number
  /** Undefined: it did not arrive, and counts no more. */
  readonly answeredAt: number | undefined
  /** So many that were taken together; else one. */
  readonly places?: number
}

/** What WeCom has closed (45009), by its key. */
export interface SharedPauses {
  getPause(key: string): Promise<LookupPause | undefined>
  setPause(key: string, pause: LookupPause): Promise<void>
  /** Of these keys what changes when a pause is set or ends. @throws {StorageError} */
  versions(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Whether this node may try whether a pause is over: one at a time may, for so long. @throws {StorageError} */
  mayProbe(key: string, forMs: number): Promise<boolean>
  /** Another may try. Never fails: at worst it waits until that time has passed. */
  endProbe(key: string): Promise<void>
}
