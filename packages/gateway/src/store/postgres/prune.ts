import { sql } from "kysely"
import type { PruneCutoffs, PruneReport } from "../../model/ports/upkeep.ts"
import { firstDayKept, KEPT_MS } from "../kept-for.ts"
import type { Audit } from "../cold/audit.ts"
import type { Database } from "./connection.ts"
import { Discard } from "./discard.ts"
import type { PostgresMedia } from "./media.ts"
import { PruneWindows } from "./prune-windows.ts"
import type { Transactions } from "./transactions.ts"
import type { Unfinished } from "./unfinished.ts"

export interface PruneDeps {
  readonly transactions: Transactions
  readonly media: PostgresMedia
  readonly audit: Audit
  readonly unfinished: Unfinished
}

/**
 * Deletes expired rows, a few at a time. All nodes may do so at once: each skips rows that another deletes or changes.
 */
export class Prune {
  readonly #transactions: Transactions
  readonly #discard: Discard
  readonly #media: PostgresMedia
  readonly #audit: Audit
  readonly #unfinished: Unfinished
  readonly #windows: PruneWindows
  #firstDayKept = ""

  constructor({ transactions, media, audit, unfinished }: PruneDeps) {
    this.#transactions = transactions
    this.#discard = new Discard(transactions)
    this.#media = media
    this.#audit = audit
    this.#unfinished = unfinished
    this.#windows = new PruneWindows(transactions)
  }

  async prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    const { now, finishedBefore, eventsBefore, lookupsBefore, limit } = cutoffs
    await this.#unfinished.tidy()
    const messages = await this.#discard.finished(finishedBefore, limit)
    const remains = await this.#discard.remains(limit)
    const old = [
      rowsBefore("idempotency", "expires_at", now + 1),
      rowsBefore("bodies", "at", now - KEPT_MS.bodies),
      rowsBefore("callbacks", "at", now - KEPT_MS.callbacks),
      rowsBefore("card_codes", "at", now - KEPT_MS.cardCodes),
      rowsBefore("lookups", "stored_at", lookupsBefore),
    ]
    const counts = [messages, remains, await this.#deleteEvents(eventsBefore, limit)]
    for (const rows of old) counts.push(await this.#delete(rows, limit))
    await this.#pruneDays(firstDayKept(now))
    const hasMoreMedia = await this.#media.prune({ postedBefore: finishedBefore, limit })
    const hasMoreWindows = await this.#windows.prune(now)
    const auditEntries = await this.#audit.prune(cutoffs)
    return { messages, auditEntries, more: hasMoreMedia || hasMoreWindows || [...counts, auditEntries].includes(limit) }
  }

  /**
   * Deletes old events in the order of their numbers, which is nearly that of time and has an index. The first event
   * that is not old ends the search.
   */
  #deleteEvents(before: number, limit: number): Promise<number> {
    return this.#transactions.single(async (db) => {
      const { numAffectedRows = 0n } = await sql`delete from wecom_push.events where id = any(array(
          select id from (
            select id, bool_and(at < ${before}) over (order by id) as is_old from (
              select id, at from wecom_push.events where id < (select max(id) from wecom_push.events)
              order by id limit ${limit}
            ) as first
          ) as prefix where is_old
        ))`.execute(db)
      return Number(numAffectedRows)
    })
  }

  /** @returns how many were deleted */
  #delete({ table, time, before }: OldRows, limit: number): Promise<number> {
    return this.#transactions.single(async (db) => {
      const name = sql.table(`wecom_push.${table}`)
      // Locked rows are still in use, or being deleted.
      const { numAffectedRows = 0n } = await sql`delete from ${name} where ctid = any(array(
          select ctid from ${name} where ${sql.ref(time)} < ${before} order by ${sql.ref(time)} limit ${limit}
          for update skip locked
        ))`.execute(db)
      return Number(numAffectedRows)
    })
  }

  /** Once a day, since it scans whole tables. */
  async #pruneDays(firstDay: string): Promise<void> {
    if (firstDay === this.#firstDayKept) return
    const deleteDays = (db: Database): Promise<unknown> =>
      sql`with misses as (delete from wecom_push.misses where day < ${firstDay})
        delete from wecom_push.person_times where day < ${firstDay}`.execute(db)
    await this.#transactions.single(deleteDays)
    this.#firstDayKept = firstDay
  }
}

interface OldRows {
  readonly table: "idempotency" | "bodies" | "callbacks" | "card_codes" | "lookups"
  readonly time: "expires_at" | "at" | "stored_at"
  readonly before: number
}

function rowsBefore(table: OldRows["table"], time: OldRows["time"], before: number): OldRows {
  return { table, time, before }
}
