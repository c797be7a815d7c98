import { sql } from "kysely"
import type { Priority } from "../../model/message.ts"
import { codeOf } from "../../model/storage-error.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import { toPriority } from "../message-row.ts"
import { IS_QUEUED } from "./job-window.ts"
import type { JobWindow } from "./job-window.ts"
import type { Group } from "./window-floors.ts"
import { HAS_JOB } from "./jobs.ts"
import { LOCKS } from "./locks.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

export interface ReconcileDeps {
  readonly transactions: Transactions
  readonly window: JobWindow
}

/**
 * How many messages got a job that none of our changes would have given them. More than none is a bug, whose effect is
 * repaired.
 */
export interface Reconciled {
  /** Unfinished, with a missing job, or with neither a job nor a time. */
  readonly stranded: number
  /** Due for seconds in a group without a job, whose end would give the next one its own. */
  readonly passedOver: number
}

/**
 * Looks for unfinished messages that no job and no tick will ever reach, and gives them one. Each change leaves the
 * tables without any; this is for a change that does not.
 */
export class Reconciler {
  readonly #deps: ReconcileDeps
  #found = 0
  #suspected: readonly PassedOver[] = []

  constructor(deps: ReconcileDeps) {
    this.#deps = deps
  }

  /** How many messages this node has found since its start. */
  get found(): number {
    return this.#found
  }

  /**
   * A group without a job may get one by a change that is about to end: only one whose oldest message still waits at
   * the next look was passed over.
   */
  async look(): Promise<Reconciled> {
    const { suspected, ...reconciled } = await reconcile(this.#deps, this.#suspected)
    this.#suspected = suspected
    this.#found += reconciled.stranded + reconciled.passedOver
    return reconciled
  }

  /** Once a minute, until `stopping`. It logs what it finds as a bug. */
  keepLooking(log: OperatorLog, stopping: AbortSignal): void {
    const look = async (): Promise<void> => {
      try {
        const found = await this.look()
        if (found.stranded + found.passedOver > 0) log.error({ ...found }, "stranded messages requeued")
      } catch (error) {
        log.warn({ code: codeOf(error) }, "search for stranded messages failed")
      }
    }
    const timer = setInterval(() => void look(), LOOK_EVERY_MS)
    stopping.addEventListener("abort", () => clearInterval(timer), { once: true })
  }
}

interface Look extends Reconciled {
  /** Groups that the next look has to check again. */
  readonly suspected: readonly PassedOver[]
}

/** One node at a time. */
function reconcile({ transactions, window }: ReconcileDeps, suspected: readonly PassedOver[]): Promise<Look> {
  return transactions.run(async (tx, after) => {
    const { rows: locks } = await sql<{ taken: boolean }>`
      select pg_try_advisory_xact_lock(${LOCKS.reconcile}) as taken`.execute(tx)
    if (locks[0]?.taken !== true) return { stranded: 0, passedOver: 0, suspected: [] }
    const stranded = await freeStranded(tx)
    const withoutJob = await findWithoutJob(tx)
    const passedOver = withoutJob.filter((one) => suspected.some((other) => isSame(one, other)))
    await window.fillAnew(tx, [...stranded, ...passedOver], after)
    const left = withoutJob.filter((one) => !passedOver.includes(one))
    return { stranded: sum(stranded), passedOver: sum(passedOver), suspected: left }
  })
}

interface Found extends Group {
  readonly count: number
}

/** A message and its job are committed together and so seen together, whichever of the two ends. */
async function freeStranded(tx: Tx): Promise<readonly Found[]> {
  const { rows } = await sql<FoundRow>`with stranded as (
      select seq from wecom_push.messages where state = 'open' and not behind and job is not null
        and not ${HAS_JOB}
      union all
      select seq from wecom_push.messages where state = 'open' and not behind and job is null and due_at is null
      limit ${AT_ONCE}
    ), locked as (
      select seq from wecom_push.messages where seq = any(array(select seq from stranded)) order by seq
      for update skip locked
    ), freed as (
      update wecom_push.messages set job = null, worker = null, due_at = coalesce(due_at, ${NOW})
      where seq = any(array(select seq from locked)) and state = 'open' and not behind
        and not ${HAS_JOB}
      returning app, priority
    )
    select app, priority, count(*)::integer as count from freed group by app, priority`.execute(tx)
  return rows.map(toFound)
}

interface PassedOver extends Found {
  /** The number of the message that has waited longest. */
  readonly oldest: number
}

function isSame(one: PassedOver, other: PassedOver): boolean {
  return one.app === other.app && one.priority === other.priority && one.oldest === other.oldest
}

/**
 * Groups with late messages, and no job: for a held app that is right until its probe is due, and for a group robot while
 * others of its messages wait for room.
 */
async function findWithoutJob(tx: Tx): Promise<readonly PassedOver[]> {
  const { rows } = await sql<FoundRow & { oldest: number }>`with waiting as (
      select app, priority, count(*)::integer as count, (array_agg(seq order by due_at, seq))[1] as oldest
      from wecom_push.messages
      where due_at is not null and job is null and due_at <= ${NOW} - ${LATE_MS}::bigint and state = 'open' and not behind
      group by app, priority
    )
    select app, priority, count, oldest from waiting left join wecom_push.held_apps as held using (app)
    where (held.app is null or held.until <= ${NOW}) and not exists (select from wecom_push.messages as ready
      where ready.app = waiting.app and ready.priority = waiting.priority and ready.job is not null
        and ready.due_at <= ${NOW})
      and not exists (select from wecom_push.messages
        where messages.app = waiting.app and messages.priority = waiting.priority and ${IS_QUEUED}
          and exists (select from wecom_push.apps where name = waiting.app and kind = 'robot'))`.execute(tx)
  return rows.map((row) => ({ ...toFound(row), oldest: row.oldest }))
}

interface FoundRow {
  readonly app: string
  readonly priority: number
  readonly count: number
}

function toFound(row: FoundRow): Found {
  const priority: Priority = toPriority({ ...row })
  return { app: row.app, priority, count: row.count }
}

function sum(found: readonly Found[]): number {
  return found.reduce((total, { count }) => total + count, 0)
}

const LOOK_EVERY_MS = 60_000
const AT_ONCE = 1000
/** Longer than any transaction that is about to fill a window. */
const LATE_MS = 15_000
