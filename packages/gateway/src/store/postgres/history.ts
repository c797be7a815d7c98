import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import { beginParking } from "./after-restore.ts"
import { toEvent } from "./event-row.ts"
import type { EventRow } from "./event-row.ts"
import { LOST_EVENTS } from "../lost-events.ts"
import { LOCKS } from "./locks.ts"
import { lostEventsIn, noteLostEvents } from "./note-lost-events.ts"
import type { Notices } from "./notices.ts"
import type { RecentEvents } from "./recent-events.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

/**
 * Whether the database is still the same. A standby that takes over may lack the last commits: this process then
 * remembers rows that never existed in the standby.
 */
export class History implements Disposable {
  readonly #transactions: Transactions
  readonly #notices: Notices
  readonly #lost = new AbortController()
  readonly #endNotices: () => void
  /** Events that were lost before this process began to use the database. */
  readonly #before: string | null

  static async open(transactions: Transactions, notices: Notices): Promise<History> {
    return new History(transactions, notices, await transactions.read((db) => lostEventsIn(db)))
  }

  private constructor(transactions: Transactions, notices: Notices, before: string | null) {
    this.#transactions = transactions
    this.#notices = notices
    this.#before = before
    this.#endNotices = notices.on("history", (subject) => {
      if (subject !== undefined) this.#lost.abort()
    })
  }

  /** Aborted when the database has gone back to an earlier moment, whichever node noticed it. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * SQL that is true when another node has noticed that the database has gone back, and this node has missed the
   * notice.
   */
  get isOther(): RawBuilder<boolean> {
    return sql`(select value from wecom_push.meta where name = ${LOST_EVENTS}) is distinct from ${this.#before}::text`
  }

  /** Refuses rows that are not of the database that this process knows. @throws {StorageError} */
  refuse(): never {
    this.#lost.abort()
    throw new StorageError("storage_error")
  }

  /**
   * Checks whether another node has noticed a loss, since this node may have missed the notice.
   * @throws {StorageError} where the database has gone back, or cannot be asked
   */
  async recheck(): Promise<void> {
    const now = await this.#transactions.read((db) => lostEventsIn(db))
    if (now !== this.#before || this.lost.aborted) this.refuse()
  }

  /**
   * Records the lost events, for followers and for the next start, which parks messages that may have gone out.
   * @param seen the newest of these was missing, or another event had its number
   * @returns false where no event is lost
   */
  async noteIfLost(seen: RecentEvents): Promise<boolean> {
    const isLost = await this.#transactions.run(async (tx) => {
      await sql`select pg_advisory_xact_lock(${LOCKS.events})`.execute(tx)
      const found = await find(tx, seen)
      // The database can be written to, so it is not a standby that still replays what it has received.
      if (found.isThere || found.isPruned) return false
      // A node that has recorded the loss has notified all of them.
      if ((await lostEventsIn(tx)) !== this.#before) return true
      await noteLostEvents(tx, found.lastCommon)
      const { rows } = await sql<{ until: number }>`select coalesce(
        floor(extract(epoch from pg_last_xact_replay_timestamp()) * 1000)::bigint + ${CLOCKS_DIFFER_MS}, ${NOW}
      ) as until`.execute(tx)
      await beginParking(tx, rows[0]?.until)
      await this.#notices.send(tx, "history", "lost")
      return true
    })
    if (isLost) this.#lost.abort()
    return isLost
  }

  [Symbol.dispose](): void {
    this.#endNotices()
  }
}

interface Found {
  readonly isThere: boolean
  /** The event was deleted for its age, like all before it; the newest event of all is never deleted. */
  readonly isPruned: boolean
  /** The newest event up to which the log is unchanged. */
  readonly lastCommon: number
}

async function find(tx: Tx, seen: RecentEvents): Promise<Found> {
  const { rows } = await sql<EventRow>`select * from wecom_push.events where id = any(${seen.ids}::bigint[])`.execute(
    tx,
  )
  const stored = rows.map(toEvent)
  const newest = seen.newest?.id ?? 0
  const others = await sql<{ oldest: number | null }>`select min(id) as oldest from wecom_push.events`.execute(tx)
  const oldest = others.rows[0]?.oldest
  return {
    isThere: seen.isNewest(stored.find(({ id }) => id === newest)),
    isPruned: typeof oldest === "number" && oldest > newest,
    lastCommon: seen.lastOf(stored),
  }
}

/** Messages are accepted by the server's time as a node has measured it, so times may differ this much. */
const CLOCKS_DIFFER_MS = 1000
