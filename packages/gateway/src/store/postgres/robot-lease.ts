import { sql } from "kysely"
import type { RobotLease } from "../../model/ports/robot-lease.ts"
import { StorageError } from "../../model/storage-error.ts"
import { ALIVE } from "./nodes.ts"
import type { Session } from "./session.ts"
import type { Transactions } from "./transactions.ts"

export interface RobotLeaseDeps {
  readonly transactions: Transactions
  /** Others may have the lease as soon as this node's session is over. */
  readonly session: Pick<Session, "isHeld">
  /** Number of this node. */
  readonly node: number
  /** A monotonic clock; that of this process unless given. */
  readonly monotonic?: () => number
}

/**
 * The lease is a row that its node renews, by the database's clock. It is free when its time is over, or when the
 * session of its node is over: a killed node loses it at once, and a node that only hangs loses it within seconds. A
 * lock of the session would stay with a node that hangs.
 */
export class PostgresRobotLease implements RobotLease, AsyncDisposable {
  readonly #deps: RobotLeaseDeps
  readonly #monotonic: () => number
  readonly #listeners = new Set<() => void>()
  /** By a monotonic clock. */
  #until = -Infinity
  #renewedAt = -Infinity
  #asking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #wasHeld = false
  #hasEnded = false

  constructor(deps: RobotLeaseDeps) {
    this.#deps = deps
    this.#monotonic = deps.monotonic ?? (() => performance.now())
  }

  get isHeld(): boolean {
    return !this.#hasEnded && this.#deps.session.isHeld && this.#monotonic() < this.#until
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async confirm(): Promise<boolean> {
    try {
      await this.#ask()
      return this.isHeld
    } catch (error) {
      if (error instanceof StorageError) return false
      throw error
    }
  }

  /** Renews the lease, or takes it if it is free. To be called often. @throws {StorageError} */
  async look(isFree: boolean): Promise<void> {
    const isDue = this.isHeld ? this.#monotonic() - this.#renewedAt >= RENEW_EVERY_MS : isFree
    if (isDue) await this.#ask()
    this.#notify()
  }

  /** Frees the lease for other nodes at once. Call it when no robot is connected any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#hasEnded = true
    await this.#asking?.catch(() => undefined)
    if (this.#until === -Infinity) return
    const { transactions, node } = this.#deps
    const giveBack = sql`delete from wecom_push.robot_lease where node = ${node}`
    // If it cannot be given back, it ends with the session.
    await transactions.single((db) => giveBack.execute(db)).catch(() => undefined)
  }

  /** Hundreds of robots may want to know at the same time. */
  #ask(): Promise<void> {
    this.#asking ??= this.#askOnce().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #askOnce(): Promise<void> {
    if (this.#hasEnded) return
    const { transactions, node } = this.#deps
    const askedAt = this.#monotonic()
    const { rows } = await transactions.single((db) =>
      sql`insert into wecom_push.robot_lease as lease (node, until)
        select ${node}::integer, ${UNTIL} where ${THERE_ARE_ROBOTS}
        on conflict (is_only) do update set node = excluded.node, until = ${UNTIL}
        where lease.node = excluded.node or lease.until <= clock_timestamp()
          or not exists (select from (${ALIVE}) as alive where alive.node = lease.node)
        returning node`.execute(db),
    )
    this.#renewedAt = askedAt
    this.#until = rows.length === 0 ? -Infinity : askedAt + HELD_MS
    clearTimeout(this.#timer)
    this.#timer = rows.length === 0 ? undefined : setTimeout(() => this.#notify(), HELD_MS).unref()
    this.#notify()
  }

  #notify(): void {
    if (this.isHeld === this.#wasHeld) return
    this.#wasHeld = this.isHeld
    for (const listener of this.#listeners) listener()
  }
}

const LEASE_MS = 6000
const RENEW_EVERY_MS = 2000
/** For this node the lease ends earlier, so that a frame that has just left arrives before another node connects. */
const HELD_MS = LEASE_MS - 500
const UNTIL = sql`clock_timestamp() + ${sql.lit(LEASE_MS)} * interval '1 millisecond'`
const THERE_ARE_ROBOTS = sql`exists (select from wecom_push.apps where kind = 'bot')`

/** Whether it is worth while to ask for it: part of a query that is made often. */
export const ROBOT_LEASE_IS_FREE = sql<boolean>`${THERE_ARE_ROBOTS} and not exists (select from wecom_push.robot_lease
  where until > clock_timestamp() and node in (select alive.node from (${ALIVE}) as alive))`
