import type { DatabaseSync, StatementSync } from "node:sqlite"
import { freedMembers } from "../lane.ts"
import type { Behind } from "../lane.ts"
import { integer, optionalInteger, text } from "../row.ts"
import type { Row } from "../row.ts"

/**
 * Messages with an `order_key` go one after another. Only the head of a lane is due: later members have no `due_at`, so
 * that a long lane costs nothing while it waits. A scheduled message joins when it is due.
 */
export class Lanes {
  readonly #holder: StatementSync
  readonly #heldUntil: StatementSync
  readonly #joined: StatementSync
  readonly #after: StatementSync
  readonly #lastJoined: StatementSync
  readonly #park: StatementSync
  readonly #due: StatementSync
  readonly #dueLater: StatementSync
  readonly #hold: StatementSync
  readonly #noteFreed: StatementSync
  readonly #member: StatementSync

  constructor(db: DatabaseSync) {
    const members = "from messages where app = ?1 and order_key = ?2 and state = 'open'"
    const before = `${members} and (lane_at, seq) < (?3, ?4)`
    // An unscheduled member has joined, also when its time is in the future: the clock was set back, and its lane is not moved yet.
    const isUnscheduled = "send_at = accepted_at"
    this.#holder = db.prepare(`select seq ${before} and lane_until is null limit 1`)
    this.#heldUntil = db.prepare(`select max(lane_until) as until ${before} and lane_until > ?5`)
    const columns = "seq, behind, lane_until"
    // A waiting member has joined, also when the outcome that frees it is older and was stored late.
    this.#joined = db.prepare(
      `select ${columns} ${members} and (lane_at <= ?3 or behind = 1 or ${isUnscheduled}) order by lane_at, seq`,
    )
    this.#after = db.prepare(
      `select ${columns} ${members} and (lane_at, seq) > (?3, ?4) and (lane_at <= ?5 or ${isUnscheduled})
       order by lane_at, seq`,
    )
    this.#lastJoined = db.prepare(`select max(lane_at) as at ${members} and lane_at > ?3 and ${isUnscheduled}`)
    this.#park = db.prepare("update messages set due_at = ?, behind = 1 where seq = ? and state = 'open'")
    this.#due = db.prepare("update messages set due_at = ?, behind = 0 where seq = ?")
    this.#dueLater = db.prepare("update messages set due_at = ? where seq = ?")
    this.#hold = db.prepare("update messages set lane_until = ? where seq = ?")
    this.#noteFreed = db.prepare("update messages set behind = 0 where seq = ?")
    this.#member = db.prepare(
      "select app, order_key, lane_at from messages where seq = ? and state = 'open' and order_key is not null",
    )
  }

  /** When the last of the unscheduled members joined, where that is later. */
  lastJoinedAfter(app: string, orderKey: string, at: number): number | undefined {
    return optionalInteger(this.#lastJoined.get(app, orderKey, at) ?? {}, "at")
  }

  /** Undefined: no member is before it. */
  place({ app, orderKey, laneAt, seq }: LaneMember, now: number): Behind | undefined {
    if (this.#holder.get(app, orderKey, laneAt, seq) !== undefined) return { until: undefined }
    const until = optionalInteger(this.#heldUntil.get(app, orderKey, laneAt, seq, now) ?? {}, "until")
    return until === undefined ? undefined : { until }
  }

  /**
   * Inside a transaction: checks again, because the head may have finished since. @returns when it is due, if that is
   * known
   */
  parkIfBehind(member: LaneMember, now: number): number | undefined {
    const place = this.place(member, now)
    if (place !== undefined) this.#park.run(place.until ?? null, member.seq)
    return place?.until
  }

  /** Inside a transaction: no member is before it any more. */
  noteFreed({ seq }: LaneMember): void {
    this.#noteFreed.run(seq)
  }

  /** Inside a transaction, after a member has finished. @returns true when another is due now */
  advance(app: string, orderKey: string, now: number): boolean {
    return this.#free(this.#joined.iterate(app, orderKey, now), now, this.#due)
  }

  /** Inside a transaction: the member keeps its lane closed until then, or until it finishes. */
  hold({ app, orderKey, laneAt, seq }: LaneMember, until: number | undefined): void {
    this.#hold.run(until ?? null, seq)
    if (until !== undefined) this.#free(this.#after.iterate(app, orderKey, laneAt, seq, until), until, this.#dueLater)
  }

  /** The same for an unfinished message in a lane. @returns false when it is not one */
  holdUnfinished(seq: number, until: number): boolean {
    const row = this.#member.get(seq)
    if (row === undefined) return false
    const lane = { app: text(row, "app"), orderKey: text(row, "order_key"), laneAt: integer(row, "lane_at") }
    this.hold({ seq, ...lane }, until)
    return true
  }

  #free(members: Iterable<Row>, at: number, makeDue: StatementSync): boolean {
    const freed = freedMembers(members, at)
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
