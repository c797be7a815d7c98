import type { Priority } from "../message.ts"
import type { Claim, ClaimedMessage } from "./outbox.ts"

/**
 * Who works on which message, kept by a store that one process has for itself. `delivery/scheduler.ts` makes a work queue
 * of it. All times are milliseconds since 1970 and come from the caller.
 */
export interface ClaimStore {
  /** The apps of those messages that are unfinished. */
  appsWithWork(): Promise<readonly string[]>
  /** One row for each priority, of these or of all, in which the app has unfinished messages. */
  waiting(app: string, now: number, of?: readonly Priority[]): Promise<readonly Waiting[]>
  /**
   * Calls `listener` after commits that made something due, or will. Without `due` that may be anything.
   * @returns what ends the subscription
   */
  onWork(listener: (due?: Due) => void): () => void
  /**
   * Messages that are due, at most `limit`, longest due first, and keeps others from getting them until `release`,
   * `leaseMs` from `now`, or the death of this process. Of a lane only its head.
   */
  claim(query: ClaimQuery): Promise<readonly ClaimedMessage[]>
  /** The same for unfinished messages past their `expiresAt`, of whatever app, due or not. */
  claimExpired(query: ExpiredQuery): Promise<readonly ClaimedMessage[]>
  /** Keeps claims for longer. False for one that is lost: stop working on it. */
  renew(claims: readonly Claim[], until: number): Promise<readonly boolean[]>
  /** Gives claimed messages back, to be due again at `nextAt`. Lost claims and finished messages are passed over. */
  release(releases: readonly Release[]): Promise<void>
}

export interface Due {
  readonly app: string
  /** Absent: now. */
  readonly at?: number
}

export interface Waiting {
  readonly app: string
  readonly priority: Priority
  readonly unfinished: number
  /** When the first that nobody has claimed is due, may be past; undefined when all are claimed or behind a lane. */
  readonly dueAt: number | undefined
}

export interface ClaimQuery {
  readonly now: number
  readonly limit: number
  readonly leaseMs: number
  readonly app: string
  readonly priority: Priority
}

export type ExpiredQuery = Pick<ClaimQuery, "now" | "limit" | "leaseMs">

export interface Release extends Claim {
  readonly nextAt: number
  /** While unfinished it keeps its lane closed until then; absent: as long as it takes. */
  readonly holdsLaneUntil?: number
}
