import { sql } from "kysely"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { toPriority } from "../message-row.ts"
import type { Jobs } from "./jobs.ts"
import { isPastItsTime, NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedRow } from "./turn-queue.ts"

export interface ExpiredMessagesDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
  readonly clock: Pick<JumpAwareClock, "expiryTime" | "setByMs">
}

/** Expired messages of any app: the reason of their wait does not keep them from being ended. */
export class ExpiredMessages {
  readonly #deps: ExpiredMessagesDeps

  constructor(deps: ExpiredMessagesDeps) {
    this.#deps = deps
  }

  /** Gives jobs to expired messages directly, since the windows might never reach them. @returns how many */
  giveJobs(): Promise<number> {
    return this.#deps.transactions.run((tx) => this.#giveJobs(tx))
  }

  async #giveJobs(tx: Tx): Promise<number> {
    const { rows } = await sql<QueuedRow & { id: string; job: string; dropped: string | null }>`
      with expired as (
        select seq, job from wecom_push.messages
        where state = 'open' and ${isPastItsTime(this.#deps.clock)} and worker is null and (job is null or due_at > ${NOW})
        order by expires_at limit ${AT_ONCE} for update skip locked
      )
      update wecom_push.messages set job = gen_random_uuid(), due_at = ${NOW} from expired
      where messages.seq = expired.seq
      returning id, priority, by_holder, messages.job, expired.job as dropped`.execute(tx)
    await this.#deps.jobs.drop(
      tx,
      rows.flatMap((row) => (row.dropped === null ? [] : { queue: turnQueueOf(row), id: row.dropped })),
    )
    await this.#deps.jobs.addTurns(
      tx,
      rows.map(({ id, job, ...row }) => ({
        queue: turnQueueOf(row),
        job,
        message: id,
        priority: toPriority({ priority: row.priority }),
      })),
    )
    return rows.length
  }
}

const AT_ONCE = 100
