import type { DatabaseSync, StatementSync } from "node:sqlite"
import { integer, optionalInteger } from "../row.ts"
import type { Row } from "../row.ts"

/**
 * Messages with an `order_key` go one after another. Only the head of a lane is due: those behind it have no `due_at`,
 * so that a long lane costs nothing while it waits. A scheduled message joins when it is due.
 */
export class Lanes {
  readonly #before: StatementSync
  readonly #joined: StatementSync
  readonly #after: StatementSync
  readonly #park: StatementSync
  readonly #due: StatementSync
  readonly #dueLater: StatementSync
  readonly #hold: StatementSync

  constructor(db: DatabaseSync) {
    const members = "from messages where app = ?1 and order_key = ?2 and state = 'open'"
    this.#before = db.prepare(`select seq ${members} and lane_at <= ?3
      and (lane_until is null or lane_until > ?3) and (lane_at, seq) < (?4, ?5) limit 1`)
    const columns = "seq, behind, lane_until"
    // Whoever waits has joined, also when the outcome that frees it is from before that and was stored late.
    this.#joined = db.prepare(`select ${columns} ${members} and (lane_at <= ?3 or behind = 1) order by lane_at, seq`)
    this.#after = db.prepare(
      `select ${columns} ${members} and (lane_at, seq) > (?3, ?4) and lane_at <= ?5 order by lane_at, seq`,
    )
    this.#park = db.prepare("update messages set due_at = null, behind = 1 where seq = ? and state = 'open'")
    this.#due = db.prepare("update messages set due_at = ?, behind = 0 where seq = ?")
    this.#dueLater = db.prepare("update messages set due_at = ? where seq = ?")
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
    return this.#free(this.#joined.iterate(app, orderKey, now), now, this.#due)
  }

  /** Inside a transaction: the member keeps its lane closed until then, or as long as it takes. */
  hold({ app, orderKey, laneAt, seq }: LaneMember, until: number | undefined): void {
    this.#hold.run(until ?? null, seq)
    if (until !== undefined) this.#free(this.#after.iterate(app, orderKey, laneAt, seq, until), until, this.#dueLater)
  }

  /** Those up to the first that holds the lane at that time are due then. */
  #free(members: Iterable<Row>, at: number, makeDue: StatementSync): boolean {
    const freed: number[] = []
    for (const member of members) {
      if (integer(member, "behind") === 1) freed.push(integer(member, "seq"))
      const until = optionalInteger(member, "lane_until")
      if (until === undefined || until > at) break
    }
    for (const seq of freed) makeDue.run(at, seq)
    return freed.length > 0
  }
}

export interface LaneMember {
  readonly seq: number
  readonly app: string
  readonly orderKey: string
  readonly laneAt: number
}
