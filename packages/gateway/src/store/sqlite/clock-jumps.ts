import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ClockJump } from "../../model/ports/outbox.ts"
import type { Backlog } from "./backlog.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalInteger, text } from "../row.ts"
import type { Row } from "../row.ts"
import { ROWS_PER_SLICE } from "./slices.ts"

/**
 * The effects of a wall clock that is set. One number says by how much it has been set in all, and each call stores
 * that number at the writing of its times: readers add the difference, so that no call is changed.
 *
 * The end of a lifetime that is a length moves along; a message that would wait too long after the clock was set back
 * is made due, slice by slice. The unfinished state is stored with the work, and repeating it changes nothing, so that
 * it may be interrupted anywhere.
 */
export class ClockJumps {
  readonly #commit: GroupCommit
  readonly #backlog: Backlog
  readonly #noteJump: StatementSync
  readonly #setTotal: StatementSync
  readonly #total: StatementSync
  readonly #setUnfinished: StatementSync
  readonly #unfinished: StatementSync
  readonly #setSetBy: StatementSync
  readonly #setBy: StatementSync
  readonly #setMovingTo: StatementSync
  readonly #movingTo: StatementSync
  readonly #lives: StatementSync
  readonly #moveLives: StatementSync
  readonly #lanes: StatementSync
  readonly #moveLanes: StatementSync
  readonly #makeDue: StatementSync
  readonly #candidates: readonly StatementSync[]
  #totalMs: number
  /** By how much the process has reported so far. */
  #setByMs: number
  #underWay: Promise<void> | undefined
  #isMovingLanes = false

  constructor(db: DatabaseSync, commit: GroupCommit, backlog: Backlog) {
    this.#commit = commit
    this.#backlog = backlog
    this.#noteJump = db.prepare(
      "insert into meta (name, value) values ('turn', ?1) on conflict (name) do update set value = ?1 where value <> ?1",
    )
    this.#setTotal = db.prepare("update meta set value = ? where name = 'turned'")
    this.#total = db.prepare("select value from meta where name = 'turned'")
    this.#setUnfinished = db.prepare("update meta set value = ? where name = 'turning_to'")
    this.#unfinished = db.prepare("select value from meta where name = 'turning_to'")
    this.#setSetBy = db.prepare("update meta set value = ? where name = 'clock_set'")
    this.#setBy = db.prepare("select value from meta where name = 'clock_set'")
    this.#setMovingTo = db.prepare("update meta set value = ? where name = 'moving_lives_to'")
    this.#movingTo = db.prepare("select value from meta where name = 'moving_lives_to'")
    this.#lives = db.prepare(`select '' as lane, expires_at as at, seq from messages indexed by messages_expiring
      where state = 'open' and (expires_at, seq) > (?, ?) order by expires_at, seq limit ?`)
    this.#moveLives = db.prepare(`update messages set expires_at = expires_at + ?2 - clock_set, clock_set = ?2
      where seq in (select value from json_each(?1)) and state = 'open' and expiry_moves = 1 and clock_set <> ?2`)
    this.#lanes = db.prepare(`select order_key as lane, lane_at as at, seq from messages indexed by messages_lane
      where app = ?1 and order_key is not null and state = 'open' and (order_key, lane_at, seq) > (?2, ?3, ?4)
      order by order_key, lane_at, seq limit ?5`)
    this.#moveLanes = db.prepare(`update messages set lane_at = ?2
      where seq in (select value from json_each(?1)) and state = 'open' and send_at = accepted_at and lane_at > ?2`)
    // An unscheduled message was due when it was accepted.
    const waits = "(send_at <= ?2 or send_at = accepted_at)"
    this.#makeDue = db.prepare(`update messages set
        due_at = case when behind = 1 then min(due_at, ?2 + ${LANE_HELD_MS}) when ${waits} then min(due_at, ?2) else due_at end,
        lane_until = min(lane_until, ?2 + ${LANE_HELD_MS}),
        reopened_at = case when ${waits} then min(reopened_at, ?2) else reopened_at end
      where seq in (select value from json_each(?1)) and state = 'open'`)
    const open = ["queued", "scheduled", "sending"].map(
      (listed) =>
        `select * from (${page("accepted_at", "messages_listed", `listed = '${listed}' and state <> 'sent'`)})`,
    )
    this.#candidates = [
      `${open.join(" union all ")} order by at, seq limit ?4`,
      page("reopened_at", "messages_reopened", "state = 'open' and reopened_at is not null"),
      page("due_at", "messages_delayed", "due_at > coalesce(reopened_at, send_at)"),
    ].map((sql) => db.prepare(sql))
    this.#totalMs = this.#readTotal()
    this.#setByMs = this.#readSetBy()
  }

  /** By how much the clock has been set since the database was made. */
  get totalMs(): number {
    return this.#totalMs
  }

  /**
   * The same for times that were read when the process knew of `clockSetMs`: before the store has followed, or after,
   * as when the process hangs between reading the clock and writing.
   */
  totalWhen(clockSetMs: number | undefined): number {
    return clockSetMs === undefined ? this.#totalMs : this.#totalMs + clockSetMs - this.#setByMs
  }

  /**
   * Turns a time that was read when the clock had been set by `clockSetMs` in all into the time that the clock of the stored times
   * showed at that moment. They differ when the store has not followed the last jump yet, or has followed one since the reading.
   */
  asStored(at: number, clockSetMs = this.#setByMs): number {
    return at + this.#setByMs - clockSetMs
  }

  /** Some members of lanes may still have a time of before the clock was set back. */
  get isMovingLanes(): boolean {
    return this.#isMovingLanes
  }

  async jumped({ id, by, at, setByMs }: ClockJump): Promise<void> {
    try {
      await this.#commit.submit({
        kind: "inside",
        work: () => {
          if (this.#noteJump.run(id).changes === 0) return
          // Read from the database, because this may run twice.
          this.#totalMs = this.#readTotal() + by
          this.#setTotal.run(this.#totalMs)
          this.#setByMs = setByMs ?? this.#setByMs + by
          if (by < 0) {
            this.#setUnfinished.run(at)
            this.#isMovingLanes = true
          }
          if (setByMs === undefined) return
          this.#setSetBy.run(setByMs)
          this.#setMovingTo.run(setByMs)
        },
      })
    } catch (error) {
      this.#totalMs = this.#readTotal()
      this.#setByMs = this.#readSetBy()
      throw error
    }
    await this.finish()
  }

  /** Also finishes what an earlier process left unfinished. */
  async finish(): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#underWay = promise
    try {
      const at = optionalInteger(this.#unfinished.get() ?? {}, "value")
      if (at !== undefined) await this.#makeDueAt(at)
      const setByMs = optionalInteger(this.#movingTo.get() ?? {}, "value")
      if (setByMs !== undefined) await this.#moveAllLives(setByMs)
    } finally {
      this.#underWay = undefined
      resolve()
    }
    this.#backlog.wake()
  }

  async #makeDueAt(at: number): Promise<void> {
    this.#isMovingLanes = true
    for (const app of this.#backlog.apps()) {
      await this.#moveAllLanes(app, at)
      for (const candidates of this.#candidates) await this.#makeAllDueAt(candidates, app, at)
    }
    await this.#commit.submit({ kind: "inside", work: () => void this.#setUnfinished.run(null) })
    this.#isMovingLanes = false
  }

  /** Moves from the first member of a lane to the last, so that its order is kept between two slices too. */
  #moveAllLanes(app: string, at: number): Promise<void> {
    return this.#inPages(
      ({ lane, at: laneAt, seq }) => this.#lanes.all(app, lane, laneAt, seq, ROWS_PER_SLICE),
      { lane: "", at: -1, seq: -1 },
      (seqs) => void this.#moveLanes.run(seqs, at),
    )
  }

  #makeAllDueAt(candidates: StatementSync, app: string, at: number): Promise<void> {
    return this.#inPages(
      (after) => candidates.all(app, after.at, after.seq, ROWS_PER_SLICE),
      { lane: "", at, seq: Number.MAX_SAFE_INTEGER },
      (seqs) => void this.#makeDue.run(seqs, at),
    )
  }

  /** Already moved ones are found once more when the clock went forwards, and are left as they are. */
  async #moveAllLives(setByMs: number): Promise<void> {
    await this.#inPages(
      (after) => this.#lives.all(after.at, after.seq, ROWS_PER_SLICE),
      { lane: "", at: -1, seq: -1 },
      (seqs) => void this.#moveLives.run(seqs, setByMs),
    )
    await this.#commit.submit({ kind: "inside", work: () => void this.#setMovingTo.run(null) })
  }

  /**
   * Found in the transaction that changes them, so that after the last page nothing is left, however fast new ones come.
   * @param change of the rows with these numbers, as JSON
   */
  async #inPages(find: (after: Place) => Row[], from: Place, change: (seqs: string) => void): Promise<void> {
    for (let after = from; ;) {
      // Most apps have none, and each commit takes a sync.
      if (find(after).length === 0) return
      const rows = await this.#commit.submit({
        kind: "inside",
        work: () => {
          const found = find(after)
          if (found.length > 0) change(JSON.stringify(found.map((row) => integer(row, "seq"))))
          return found
        },
      })
      const last = rows.at(-1)
      if (last === undefined || rows.length < ROWS_PER_SLICE) return
      after = { lane: text(last, "lane"), at: integer(last, "at"), seq: integer(last, "seq") }
      await immediate()
    }
  }

  #readSetBy(): number {
    return optionalInteger(this.#setBy.get() ?? {}, "value") ?? 0
  }

  #readTotal(): number {
    return integer(this.#total.get() ?? {}, "value")
  }
}

interface Place {
  /** The lane, for pages of lanes; otherwise empty. */
  readonly lane: string
  readonly at: number
  readonly seq: number
}

function page(column: string, indexed: string, where: string): string {
  return `select '' as lane, ${column} as at, seq from messages indexed by ${indexed}
    where app = ?1 and ${where} and (${column}, seq) > (?2, ?3) order by ${column}, seq limit ?4`
}

/** The longest time for which a member in doubt holds its lane. */
const LANE_HELD_MS = 60_000
