import { sql } from "kysely"
import type { EventLog, NewEvent, StoredEvent } from "../../model/ports/events.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import { toEvent } from "./event-row.ts"
import type { EventRow } from "./event-row.ts"
import { EventTail } from "./event-tail.ts"
import { isStillThere, LOST_EVENTS, parseLost } from "../lost-events.ts"
import { LOCKS } from "./locks.ts"
import { History } from "./history.ts"
import { notice } from "./notices.ts"
import type { Notices } from "./notices.ts"
import { MOST_KEPT } from "./recent-events.ts"
import type { Seen } from "./recent-events.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"
import { insertUnfinished } from "./unfinished.ts"
import type { UnfinishedChange } from "./unfinished.ts"

interface FoundRow extends EventRow {
  readonly is_other: boolean
}

/** The events of all nodes, in one order: once an event was read, no event with a smaller id appears. */
export class PostgresEvents implements EventLog, Disposable {
  readonly #transactions: Transactions
  readonly #tail: EventTail
  readonly #endNotices: () => void
  readonly #history: History

  static async open(transactions: Transactions, notices: Notices): Promise<PostgresEvents> {
    const history = await History.open(transactions, notices)
    return new PostgresEvents(transactions, notices, history, await newestIn(transactions))
  }

  private constructor(transactions: Transactions, notices: Notices, history: History, before: readonly Seen[]) {
    this.#transactions = transactions
    this.#history = history
    this.#tail = new EventTail({
      before,
      read: (id, limit) => this.since(id, { limit, apps: "all" }),
      onMissing: (seen) => history.noteIfLost(seen),
    })
    this.#endNotices = notices.on("events", () => this.#tail.wake())
  }

  /**
   * Aborted when the database has gone back to an earlier moment, such as a standby that takes over without the last
   * commits.
   */
  get lost(): AbortSignal {
    return this.#history.lost
  }

  /**
   * Checks whether the database is still the same.
   * @throws {StorageError} where it cannot be asked, or has gone back
   */
  async recheck(): Promise<void> {
    await this.#tail.caughtUp()
    await this.#history.recheck()
  }

  /**
   * Writes events at the commit of the transaction: from the lock to the commit no other transaction writes an event.
   * Numbers from a sequence alone are not in the order of commits, and a reader would miss late ones.
   * @param unfinished the changed counts of the same transaction; there are none without an event
   */
  write(tx: Tx, events: readonly NewEvent[], after: AfterCommit, unfinished: readonly UnfinishedChange[] = []): void {
    if (events.length === 0) return
    const rows = events.map(({ at, type, app, messageId, messageApp, data }) => ({
      at,
      type,
      app,
      message: messageId ?? null,
      message_app: messageApp ?? null,
      data,
    }))
    // Uses one statement, since all nodes wait for the lock before it.
    const counted = unfinished.length === 0 ? sql`` : sql`with counted as (${insertUnfinished(unfinished)})`
    this.#transactions.withCommit(tx, [
      sql`select pg_advisory_xact_lock(${LOCKS.events})`,
      sql`${counted} insert into wecom_push.events (at, type, app, message, message_app, data)
        select at, type, app, message, message_app, data
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as event(at bigint, type text, app text, message text, message_app text, data json)`,
      notice("events"),
    ])
    after(() => this.#tail.wake())
  }

  latest(): Promise<number> {
    return latestIn(this.#transactions)
  }

  oldest(): Promise<number> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<{ id: number }>`select coalesce(min(id), 0) as id from wecom_push.events`.execute(db)
      return rows[0]?.id ?? 0
    })
  }

  isStillThere(id: number): Promise<boolean> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<{ latest: number; lost: string | null }>`select
        (select coalesce(max(id), 0) from wecom_push.events) as latest,
        (select value from wecom_push.meta where name = ${LOST_EVENTS}) as lost`.execute(db)
      const { latest = 0, lost = null } = rows[0] ?? {}
      return isStillThere(id, latest, parseLost(lost ?? undefined))
    })
  }

  /** @throws {StorageError} where the database has gone back: these events do not continue the ones read before */
  async since(
    id: number,
    { limit, apps }: { readonly limit: number; readonly apps: AppScope },
  ): Promise<StoredEvent[]> {
    const ofThose =
      apps === "all"
        ? sql`select * from wecom_push.events where id > ${id} order by id limit ${limit}`
        : // A page of each app, so that a quiet app does not cost a walk over all the others.
          sql`select page.* from unnest(${[...new Set(apps)]}::text[]) as wanted(app)
            cross join lateral (
              select * from wecom_push.events where events.app = wanted.app and id > ${id} order by id limit ${limit}
            ) as page order by id limit ${limit}`
    // Checked in the same statement: the node that noticed the loss recorded it before anything else.
    const { rows } = await this.#transactions.read((db) =>
      sql<FoundRow>`select found.*, ${this.#history.isOther} as is_other from (${ofThose}) as found order by id`.execute(
        db,
      ),
    )
    if (rows[0]?.is_other === true) this.#history.refuse()
    return rows.map(toEvent)
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    return this.#tail.subscribe(listener)
  }

  [Symbol.dispose](): void {
    this.#endNotices()
    this.#history[Symbol.dispose]()
    this.#tail[Symbol.dispose]()
  }
}

function latestIn(transactions: Transactions): Promise<number> {
  return transactions.read(async (db) => {
    const { rows } = await sql<{ id: number }>`select coalesce(max(id), 0) as id from wecom_push.events`.execute(db)
    return rows[0]?.id ?? 0
  })
}

/** The newest events, oldest first. */
function newestIn(transactions: Transactions): Promise<readonly Seen[]> {
  return transactions.read(async (db) => {
    const { rows } = await sql<EventRow>`select id, at, type, app, message, message_app, null as data
      from wecom_push.events order by id desc limit ${MOST_KEPT}`.execute(db)
    return rows.map(toEvent).toReversed()
  })
}
