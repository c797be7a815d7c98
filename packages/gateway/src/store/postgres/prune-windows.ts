import { sql } from "kysely"
import { NOW } from "./time.ts"
import type { Transactions } from "./transactions.ts"

interface Place {
  readonly agent: number
  readonly member: string
}

interface Slice extends Place {
  readonly looked: number
}

/**
 * Deletes the windows of members who have got nothing for more than an hour, a slice at a time. It reads all of them
 * once an hour: an index by time would change with every call to a member.
 */
export class PruneWindows {
  readonly #transactions: Transactions
  readonly #slice: number
  /** Undefined where the next pass begins. */
  #at: Place | undefined
  #walkedAt = -Infinity

  constructor(transactions: Transactions, slice = SLICE) {
    this.#transactions = transactions
    this.#slice = slice
  }

  /**
   * @param now the time for deletions, where the database's clock is further
   * @returns whether there is more to check now
   */
  async prune(now: number): Promise<boolean> {
    if (this.#at === undefined && performance.now() - this.#walkedAt < WALK_EVERY_MS) return false
    if (this.#at === undefined) await this.#prunePlaces(now)
    const from = this.#at ?? { agent: -1, member: "" }
    const { rows } = await this.#transactions.single((db) =>
      sql<Slice>`with slice as materialized (
          select agent, member from wecom_push.member_windows
          where (agent, member) > (${from.agent}::integer, ${from.member}) order by agent, member limit ${this.#slice}
        ), gone as (
          delete from wecom_push.member_windows as old using slice
          where old.agent = slice.agent and old.member = slice.member
            and coalesce(old.sends[cardinality(old.sends)], 0) < least(${NOW}, ${now}::bigint) - ${KEPT_MS}::bigint
        )
        select agent, member, (select count(*) from slice)::integer as looked
        from slice order by agent desc, member desc limit 1`.execute(db),
    )
    const [last] = rows
    const isMore = last?.looked === this.#slice
    this.#at = isMore ? last : undefined
    if (!isMore) this.#walkedAt = performance.now()
    return isMore
  }

  /** Left by a message that was finished at the moment at which it asked. */
  async #prunePlaces(now: number): Promise<void> {
    await this.#transactions.single((db) =>
      sql`delete from wecom_push.member_turns
        where at < least(${NOW}, ${now}::bigint) - ${KEPT_MS}::bigint`.execute(db),
    )
  }
}

const SLICE = 10_000
const WALK_EVERY_MS = 3_600_000
/** An hour, plus the time for which statements may wait for each other. */
const KEPT_MS = 3_600_000 + 600_000
