import type { Priority } from "../message.ts"
import type { Claim, ClaimedMessage } from "./outbox.ts"

/**
 * Which worker has which message, kept by a store that one process uses alone. `delivery/queue/scheduler.ts` builds a
 * work queue on it. All times are milliseconds since 1970 and come from the caller.
 */
export interface ClaimStore {
  /** How many messages are unfinished, of all apps. */
  unfinished(): Promise<number>
  /** The apps with unfinished messages. */
  appsWithWork(): Promise<readonly string[]>
  /** One row for each priority, of these or of all, in which the app has unfinished messages. */
  waiting(app: string, now: number, of?: readonly Priority[]): Promise<readonly Waiting[]>
  /**
   * Calls `listener` after commits that made messages due, now or later. Without `due`, any message may be due.
   * @returns a function that ends the subscription
   */
  onWork(listener: (due?: Due) => void): () => void
  /**
   * Claims messages that are due, at most `limit`, longest due first: other workers do not get them until `release`,
   * `leaseMs` from `now`, or the death of this process. Only the head of a lane is claimed.
   */
  claim(query: ClaimQuery): Promise<readonly ClaimedMessage[]>
  /** The same for unfinished messages past their `expiresAt`, of any app, due or not. */
  claimExpired(query: ExpiredQuery): Promise<readonly ClaimedMessage[]>
  /** Extends claims. False for one that is lost: stop working on it. */
  renew(claims: readonly Claim[], until: number): Promise<readonly boolean[]>
  /** Gives claimed messages back, to be due again at `nextAt`. Lost claims and finished messages are skipped. */
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
  /**
   * When the first unclaimed message is due; it may be past. Undefined when all are claimed or behind a lane's head.
   */
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
  /** An unfinished message keeps its lane closed until then; absent: until it finishes. */
  readonly holdsLaneUntil?: number
}
