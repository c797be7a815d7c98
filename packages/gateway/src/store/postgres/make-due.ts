import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { toPriority } from "../message-row.ts"
import { dueTime } from "./due-time.ts"
import type { JobWindow } from "./job-window.ts"
import type { Group } from "./window-floors.ts"
import type { Jobs } from "./jobs.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedRow } from "./turn-queue.ts"

export interface MakeDueDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly window: JobWindow
}

/** Makes messages due that wait for something other than their scheduled time. */
export class MakeDue {
  readonly #deps: MakeDueDeps

  constructor(deps: MakeDueDeps) {
    this.#deps = deps
  }

  async app(app: string, at: number): Promise<void> {
    const { transactions, window } = this.#deps
    await transactions.run((tx, after) => window.free(tx, app, after))
    while ((await this.#some(sql`app = ${app}`, at)) === AT_ONCE);
  }

  async messages(ids: readonly string[], at: number): Promise<void> {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      await this.#some(sql`id = any(${ids.slice(from, from + AT_ONCE)}::text[])`, at)
    }
  }

  /** @returns how many */
  #some(which: RawBuilder<unknown>, at: number): Promise<number> {
    return this.#deps.transactions.run((tx, after) => this.#makeDue(tx, which, at, after))
  }

  /** A waiting message has a job that is due later, which a job of the window replaces. No worker has the message. */
  async #makeDue(tx: Tx, which: RawBuilder<unknown>, at: number, after: AfterCommit): Promise<number> {
    const { rows } = await sql<QueuedRow & { app: string; job: string | null }>`
      with waiting as (
        select seq, job from wecom_push.messages
        where ${which} and due_at > ${at} and (send_at <= ${at} or send_at = accepted_at) and state = 'open' and not behind and worker is null
        order by seq limit ${AT_ONCE} for update skip locked
      )
      update wecom_push.messages set due_at = ${dueTime(sql`${at}::bigint`, sql`due_at`)}, job = null from waiting where messages.seq = waiting.seq
      returning app, priority, by_holder, waiting.job`.execute(tx)
    const groups = rows.map(({ app, priority }): Group => ({ app, priority: toPriority({ priority }) }))
    await this.#deps.jobs.drop(
      tx,
      rows.flatMap((row) => (row.job === null ? [] : { queue: turnQueueOf(row), id: row.job })),
    )
    await this.#deps.window.fill(tx, groups, after)
    return rows.length
  }
}

const AT_ONCE = 500
