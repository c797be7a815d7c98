import type { DatabaseSync, StatementSync } from "node:sqlite"
import { integer, optionalInteger } from "./row.ts"

/**
 * Messages with an `order_key` go one after another. Only the head of a lane is due: those behind it have no `due_at`,
 * so that a long lane costs nothing while it waits. A scheduled message joins when it is due.
 */
export class Lanes {
  readonly #before: StatementSync
  readonly #head: StatementSync
  readonly #after: StatementSync
  readonly #park: StatementSync
  readonly #due: StatementSync
  readonly #hold: StatementSync

  constructor(db: DatabaseSync) {
    const joined = "from messages where app = ?1 and order_key = ?2 and state = 'open' and lane_at <= ?3"
    const holds = "(lane_until is null or lane_until > ?3)"
    this.#before = db.prepare(`select seq ${joined} and ${holds} and (lane_at, seq) < (?4, ?5) limit 1`)
    this.#head = db.prepare(
      `select seq, due_at, exists (select 1 from calls where message = messages.seq) as started
       ${joined} and ${holds} order by lane_at, seq limit 1`,
    )
    this.#after = db.prepare(
      `select seq, due_at from messages where app = ?1 and order_key = ?2 and state = 'open'
       and (lane_at, seq) > (select lane_at, seq from messages where seq = ?3) order by lane_at, seq limit 1`,
    )
    this.#park = db.prepare("update messages set due_at = null where seq = ? and state = 'open'")
    this.#due = db.prepare("update messages set due_at = ? where seq = ?")
    this.#hold = db.prepare("update messages set lane_until = ? where seq = ?")
  }

  isBehind(member: LaneMember, now: number): boolean {
    return this.#before.get(member.app, member.orderKey, now, member.laneAt, member.seq) !== undefined
  }

  /** Inside a transaction: looks again, for the head may have finished since. */
  parkIfBehind(member: LaneMember, now: number): void {
    if (this.isBehind(member, now)) this.#park.run(member.seq)
  }

  /** Inside a transaction, after a member has finished. @returns true when another is due now */
  advance(app: string, orderKey: string, now: number): boolean {
    const head = this.#head.get(app, orderKey, now)
    if (head === undefined) return false
    const dueAt = optionalInteger(head, "due_at")
    // One that was to be due when a hold ended need not wait for it; one that has started waits for reasons of its own.
    if (dueAt !== undefined && (dueAt <= now || integer(head, "started") === 1)) return false
    this.#due.run(now, integer(head, "seq"))
    return true
  }

  /** Inside a transaction: the member keeps its lane closed until then, or as long as it takes. */
  hold(member: LaneMember, until: number | undefined): void {
    this.#hold.run(until ?? null, member.seq)
    if (until === undefined) return
    const next = this.#after.get(member.app, member.orderKey, member.seq)
    if (next !== undefined && next["due_at"] === null) this.#due.run(until, integer(next, "seq"))
  }
}

export interface LaneMember {
  readonly seq: number
  readonly app: string
  readonly orderKey: string
  readonly laneAt: number
}
