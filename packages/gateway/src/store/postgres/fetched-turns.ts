import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import { toClaimed } from "../claimed-message.ts"
import { laneOf } from "../lane.ts"
import { toPriority } from "../message-row.ts"
import { flag, integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { toStored } from "../stored-message.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { dueTime } from "./due-time.ts"
import type { FetchedJob, Jobs } from "./jobs.ts"
import type { JobWindow } from "./job-window.ts"
import { isSame } from "./is-same.ts"
import { findBehind, lockLanesOf, sendFollowersBehind } from "./lanes.ts"
import { isPastItsTime, NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

export interface FetchedTurnsDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly window: JobWindow
  readonly claims: Claims
  readonly clock: Pick<JumpAwareClock, "expiryTime" | "setByMs">
  /** Number of this node. */
  readonly node: number
}

export interface FetchedTurn {
  readonly held: HeldClaim
  readonly claimed: ClaimedMessage
  /** The message is past its time. */
  readonly isExpired: boolean
  /** More messages of its app and priority were due than got jobs. */
  readonly isOfBacklog: boolean
  /** The app is held. */
  readonly isAppHeld: boolean
  /** The database's time at which the message was read. */
  readonly readAt: number
}

/** The turns of fetched jobs whose messages still need work. */
export class FetchedTurns {
  readonly #deps: FetchedTurnsDeps

  constructor(deps: FetchedTurnsDeps) {
    this.#deps = deps
  }

  /** @returns the turns, longest due first */
  async load(fetched: readonly FetchedJob[]): Promise<readonly FetchedTurn[]> {
    const { transactions, jobs, window } = this.#deps
    const byMessage = new Map(fetched.map((job) => [job.data.message, job]))
    const rows = await transactions.run(async (tx, after) => {
      await lockLanesOf(tx, [...byMessage.keys()])
      const taken = await this.#take(tx, fetched)
      const waiting = await sendBehind(tx, taken, isPastItsTime(this.#deps.clock))
      const there = taken.filter((row) => !waiting.has(row))
      const ids = new Set(there.map((row) => text(row, "id")))
      await jobs.finish(
        tx,
        fetched.filter(({ data }) => !ids.has(data.message)),
      )
      // Their places in the window are free now.
      await window.fill(
        tx,
        [...waiting].map((row) => ({ app: text(row, "app"), priority: toPriority(row) })),
        after,
      )
      return there
    })
    return rows.toSorted(longestDueFirst).flatMap((row) => {
      const job = byMessage.get(text(row, "id"))
      return job === undefined ? [] : [this.#claimed(row, job)]
    })
  }

  /**
   * Puts back turns that are not handed out, since their app is held until then: they wait without jobs, due as before.
   */
  async putBack(app: string, turns: readonly HeldClaim[], until: number): Promise<void> {
    const { transactions, jobs, window, claims } = this.#deps
    for (const held of turns) claims.drop(held)
    await transactions.run(async (tx, after) => {
      const rows = turns.map(({ seq, job }) => ({ seq, job: job.id }))
      await sql`update wecom_push.messages set job = null, worker = null
        from json_to_recordset(${JSON.stringify(rows)}::json) as back(seq bigint, job uuid)
        where messages.seq = back.seq and ${isSame(sql`messages.job`, sql`back.job`)}`.execute(tx)
      await jobs.finish(
        tx,
        turns.map(({ job }) => job),
      )
      await window.hold(tx, app, until, after)
    })
  }

  /**
   * Takes the messages of fetched jobs. A message that another job carries by now belongs to another node; a finished
   * message to none.
   */
  async #take(tx: Tx, fetched: readonly FetchedJob[]): Promise<readonly Row[]> {
    const wanted = JSON.stringify(fetched.map(({ id, data }) => ({ message: data.message, job: id })))
    const { rows } = await sql<Row>`with found as (
        select seq, state = 'open' as is_open
        from json_to_recordset(${wanted}::json) as fetched(message text, job uuid)
        join wecom_push.messages on messages.id = fetched.message and ${isSame(sql`messages.job`, sql`fetched.job`)}
        order by seq for update of messages
      )
      update wecom_push.messages set worker = case when is_open then ${this.#deps.node}::integer end,
        job = case when is_open then job end
      from found where messages.seq = found.seq
      returning messages.*, is_open, ${isPastItsTime(this.#deps.clock)} as is_expired, ${NOW} as read_at,
        exists (select from wecom_push.held_apps as held where held.app = messages.app) as is_app_held,
        (select coalesce(max(number), 0) from wecom_push.calls where calls.message = messages.seq) as call_count`.execute(
      tx,
    )
    return rows.filter((row) => row["is_open"] === true)
  }

  #claimed(row: Row, { data, ...job }: FetchedJob): FetchedTurn {
    const stored = toStored(row)
    const held = this.#deps.claims.take({
      id: text(row, "id"),
      app: text(row, "app"),
      priority: toPriority(row),
      seq: integer(row, "seq"),
      version: integer(row, "version"),
      dueAt: integer(row, "due_at"),
      lane: laneOf(row),
      job,
    })
    return {
      held,
      claimed: toClaimed(stored, held.claim),
      isOfBacklog: data.isOfBacklog === true,
      isExpired: flag(row, "is_expired"),
      isAppHeld: flag(row, "is_app_held"),
      readAt: integer(row, "read_at"),
    }
  }
}

/**
 * A message that has joined a lane behind others waits there, unless it has expired. The lanes are locked: the members
 * before it have not finished yet, and will free it.
 */
async function sendBehind(tx: Tx, rows: readonly Row[], isExpired: RawBuilder<boolean>): Promise<ReadonlySet<Row>> {
  const members = rows.flatMap((row) => {
    const lane = laneOf(row)
    if (lane === undefined || row["is_expired"] === true) return []
    return { row, member: { seq: integer(row, "seq"), app: text(row, "app"), ...lane } }
  })
  const behind = await findBehind(
    tx,
    members.map(({ member }) => member),
  )
  const places = members.flatMap(({ row, member: { seq } }, index) => {
    const place = behind[index]
    const isBehind = place !== undefined
    return isBehind === flag(row, "behind") && !isBehind ? [] : { seq, behind: isBehind, due_at: place?.until ?? null }
  })
  if (places.length > 0) {
    await sql`update wecom_push.messages set behind = place.behind,
        due_at = case when place.behind then ${dueTime(sql`place.due_at`)} else messages.due_at end,
        job = case when place.behind then null else job end, worker = case when place.behind then null else worker end
      from json_to_recordset(${JSON.stringify(places)}::json) as place(seq bigint, behind boolean, due_at bigint)
      where messages.seq = place.seq`.execute(tx)
  }
  await sendFollowersBehind(
    tx,
    members.flatMap(({ member }, index) => {
      const place = behind[index]
      return place !== undefined && place.until === undefined ? member : []
    }),
    isExpired,
  )
  return new Set(members.filter((_, index) => behind[index] !== undefined).map(({ row }) => row))
}

/** Orders turns, since jobs that were added together come in any order. */
function longestDueFirst(one: Row, other: Row): number {
  return integer(one, "due_at") - integer(other, "due_at") || integer(one, "seq") - integer(other, "seq")
}
