import type { Clock } from "@wecom-push/sdk"
import type { LookupPause } from "@wecom-push/sdk/internals"
import type { Party } from "../party.ts"

/**
 * The counts that all nodes on a database share, so that their sum stays inside WeCom's limits. Times are the
 * database's.
 */
export interface SharedCounts {
  readonly windows: SharedWindows
  readonly slots: SharedPermits
  readonly paces: SharedPaces
  /** @param clock the node's clock: returned pauses have its times */
  pauses(clock: Pick<Clock, "now">): SharedPauses
}

/** How much each member got from a party in the last minute and the last hour. */
export interface SharedWindows {
  /** Counts a call in for the members that have room. @throws {StorageError} */
  take(wish: WindowWish): Promise<WindowsTaken>
  /** Notes that a message waits for room of this member only because of this process's own sends. */
  waitedFor(party: Party, member: string): void
  /** Counts a call in without checking for room. @throws {StorageError} */
  force(wish: WindowWish): Promise<WindowHold>
}

export interface WindowWish {
  readonly party: Party
  /** Each member once. */
  readonly members: readonly string[]
  /** The message that asks. */
  readonly owner: string
  /** The rank of its priority, from 0: waiting messages with a lower or equal rank go first. */
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
 * Members who count as reached by a call until more is known. They count while this process runs. After its death they
 * count until the call has certainly ended, and from then on for the length of a window.
 */
export interface WindowHold {
  /** Moves these members to a hold of another call. */
  split(members: readonly string[]): WindowHold
  /**
   * Called before the first byte goes out.
   * @returns false when the members may no longer count: the call must not go out. True: they count for as long as one
   * request lasts
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
  /** The limit of all nodes together. */
  readonly limit: number
  /** How many permits the node keeps, at most those that it holds: the rest is given back. */
  readonly keep: number
  /** How many permits the node can use. */
  readonly need: number
}

export interface PermitGrant {
  readonly held: number
  /**
   * The part of `held` that the node may use while others are short. Permits beyond it are given back when their calls
   * end.
   */
  readonly share: number
  /** Other nodes could use more permits than they hold. */
  readonly othersAreShort: boolean
}

export interface PermitsSeen {
  /** Pools of which some node could use more than it holds. */
  readonly short: ReadonlySet<string>
}

/** How many look-ups of a corp, or other calls with a pace, are let through. */
export interface SharedPaces {
  /**
   * @param corpId or another name of the pace
   * @param answered earlier places, which from now on count by the time of their answer
   * @param together all of those may ask, or none: `ahead` is how much room others of this node need before
   * @returns how many of those may ask now, and in how many milliseconds the others should ask again
   * @throws {StorageError}
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
  /** The database's time at which they count. */
  readonly at: number
}

/** A look-up that reached WeCom between these two times: windows count it by the later one. */
export interface AnsweredPlace {
  readonly takenAt: number
  /** Undefined: the look-up did not arrive, and no longer counts. */
  readonly answeredAt: number | undefined
  /** How many places were taken together; 1 unless given. */
  readonly places?: number
}

/** The APIs that WeCom has closed (45009), each under its key. */
export interface SharedPauses {
  getPause(key: string): Promise<LookupPause | undefined>
  setPause(key: string, pause: LookupPause): Promise<void>
  /** The version of each key's pause: it changes when the pause is set or ends. @throws {StorageError} */
  versions(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Whether this node may try whether a pause is over: one node at a time may, for `forMs`. @throws {StorageError} */
  mayProbe(key: string, forMs: number): Promise<boolean>
  /** Lets another node try. Never fails: at worst the other node waits until `forMs` has passed. */
  endProbe(key: string): Promise<void>
}
