import { sql } from "kysely"
import type { NextTurn } from "../../model/ports/work.ts"
import { Batcher } from "./batcher.ts"
import type { HeldClaim } from "./claims.ts"
import { dueTime } from "./due-time.ts"
import { newJobId } from "./job-window.ts"
import type { JobWindow } from "./job-window.ts"
import type { Group } from "./window-floors.ts"
import type { Jobs, NewTurn } from "./jobs.ts"
import { letGoOn, lockLanes } from "./lanes.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export interface EndedTurnsDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly window: JobWindow
  /** Called after the commit when a message is due again at once. */
  readonly onDue: () => void
}

interface Ended {
  readonly held: HeldClaim
  /** Undefined: there is no next turn, unless the message was reopened meanwhile. */
  readonly next: NextTurn | undefined
  /** The reason of its wait may have changed: the message has to be checked again at once. */
  readonly isDueAtOnce: boolean
}

interface NextJob extends NewTurn {
  readonly at: number
}

/** Ends a turn and creates the next in one transaction, so that the next is never lost. */
export class EndedTurns {
  readonly #deps: EndedTurnsDeps
  readonly #batcher: Batcher<Ended, true>

  constructor(deps: EndedTurnsDeps) {
    this.#deps = deps
    this.#batcher = new Batcher({
      perform: (items) => deps.transactions.run((tx, after) => this.#giveBackAll(tx, items, after)),
      mostAtOnce: MOST_AT_ONCE,
      mostUnderWay: MOST_UNDER_WAY,
    })
  }

  /** Gives turns back, except those whose job another node has fetched meanwhile. */
  async giveBack(ended: Ended): Promise<void> {
    await this.#batcher.submit(ended)
  }

  async #giveBackAll(tx: Tx, items: readonly Ended[], after: AfterCommit): Promise<readonly true[]> {
    await lockLanes(
      tx,
      items.flatMap(({ held: { app, lane } }) => (lane === undefined ? [] : { app, orderKey: lane.orderKey })),
    )
    const states = await lockStates(tx, items)
    const ours = await this.#deps.jobs.finish(
      tx,
      items.map(({ held }) => held.job),
    )
    const groups: Group[] = []
    const rows: object[] = []
    const nextJobs: NextJob[] = []
    for (const ended of items) {
      const { held, next } = ended
      if (!ours.has(held.job)) continue
      groups.push(held)
      const state = states.get(held.seq)
      const job = state?.isOpen === true && !state.isBehind ? newJobId() : null
      const at = nextDueAt(ended, state?.dueAt ?? held.dueAt)
      rows.push({ seq: held.seq, job, at, until: next?.holdsLaneUntilMs ?? null })
      if (job !== null) nextJobs.push({ queue: held.job.queue, job, message: held.id, priority: held.priority, at })
    }
    await writeNext(tx, rows)
    await this.#deps.jobs.addTurns(tx, nextJobs)
    // This compares with this machine's clock: if that is wrong, the next poll finds the turn.
    if (nextJobs.some(({ at }) => at <= Date.now())) after(this.#deps.onDue)
    for (const { held, next } of items) {
      const { seq, app, lane } = held
      const isOpen = ours.has(held.job) && states.get(seq)?.isOpen === true
      if (lane === undefined || next?.holdsLaneUntilMs === undefined || !isOpen) continue
      groups.push(...(await letGoOn(tx, { seq, app, ...lane }, next.holdsLaneUntilMs)))
    }
    await this.#deps.window.fill(tx, groups, after)
    return items.map(() => true)
  }
}

/** @param dueAt as stored: it differs from the former one when the message was made due meanwhile */
function nextDueAt({ held, next, isDueAtOnce }: Ended, dueAt: number): number {
  if (next === undefined) return dueAt
  // The stored due time may come from a clock that has been set back since.
  if (isDueAtOnce) return Math.min(dueAt, next.atMs)
  return dueAt === held.dueAt ? next.atMs : Math.min(next.atMs, dueAt)
}

interface State {
  readonly isOpen: boolean
  readonly isBehind: boolean
  readonly dueAt: number | null
}

async function lockStates(tx: Tx, items: readonly Ended[]): Promise<ReadonlyMap<number, State>> {
  const { rows } = await sql<{ seq: number; is_open: boolean; behind: boolean; due_at: number | null }>`
    select seq, state = 'open' as is_open, behind, due_at from wecom_push.messages
    where seq = any(${items.map(({ held }) => held.seq)}::bigint[]) order by seq for update`.execute(tx)
  return new Map(rows.map((row) => [row.seq, { isOpen: row.is_open, isBehind: row.behind, dueAt: row.due_at }]))
}

/** Writes each message's next job; none for a message that is finished or waits for its lane. */
async function writeNext(tx: Tx, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return
  await sql`update wecom_push.messages set job = next.job, worker = null,
      due_at = case when next.job is null then due_at else ${dueTime(sql`next.at`, sql`due_at`)} end,
      lane_until = case when next.job is null then lane_until else next.until end
    from json_to_recordset(${JSON.stringify(rows)}::json) as next(seq bigint, job uuid, at bigint, until bigint)
    where messages.seq = next.seq`.execute(tx)
}

const MOST_AT_ONCE = 256
const MOST_UNDER_WAY = 2
