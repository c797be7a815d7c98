import { sql } from "kysely"
import type { PruneCutoffs, PruneReport } from "../../ports/upkeep.ts"
import { firstDayKept, KEPT_MS } from "../kept-for.ts"
import type { PostgresAudit } from "./audit.ts"
import type { Database } from "./connection.ts"
import type { PostgresMedia } from "./media.ts"
import type { Transactions } from "./transactions.ts"

/** Deletes what is past its time, a little at a time. */
export class Prune {
  readonly #transactions: Transactions
  readonly #media: PostgresMedia
  readonly #audit: PostgresAudit
  #firstDayKept = ""

  constructor(transactions: Transactions, media: PostgresMedia, audit: PostgresAudit) {
    this.#transactions = transactions
    this.#media = media
    this.#audit = audit
  }

  async prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    const { now, finishedBefore, lookupsBefore, limit } = cutoffs
    const old = [
      rowsBefore("callbacks", "at", now - KEPT_MS.callbacks),
      rowsBefore("card_codes", "at", now - KEPT_MS.cardCodes),
      rowsBefore("busy_members", "at", now - KEPT_MS.busyMembers),
      rowsBefore("lookups", "stored_at", lookupsBefore),
    ]
    let isMore = false
    for (const rows of old) if ((await this.#delete(rows, limit)) === limit) isMore = true
    await this.#pruneDays(firstDayKept(now))
    const hasMoreMedia = await this.#media.prune({ postedBefore: finishedBefore, limit })
    const auditEntries = await this.#audit.prune(cutoffs)
    return { messages: 0, auditEntries, more: isMore || hasMoreMedia || auditEntries === limit }
  }

  /** @returns how many were deleted */
  #delete({ table, time, before }: OldRows, limit: number): Promise<number> {
    return this.#transactions.single(async (db) => {
      const name = sql.table(`wecom_push.${table}`)
      // Rows that somebody holds are still in use, or being deleted.
      const { numAffectedRows = 0n } = await sql`delete from ${name} where ctid = any(array(
          select ctid from ${name} where ${sql.ref(time)} < ${before} order by ${sql.ref(time)} limit ${limit}
          for update skip locked
        ))`.execute(db)
      return Number(numAffectedRows)
    })
  }

  /** Once a day, since whole tables are looked through. */
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
  readonly table: "callbacks" | "card_codes" | "busy_members" | "lookups"
  readonly time: "at" | "stored_at"
  readonly before: number
}

function rowsBefore(table: OldRows["table"], time: OldRows["time"], before: number): OldRows {
  return { table, time, before }
}
