import { sql } from "kysely"
import type { ClockNotes, NotedClock } from "../../model/ports/clock-notes.ts"
import type { Transactions } from "./transactions.ts"

/** Notes about the database's clock. All nodes store the same values, except for their errors of measurement. */
export class PostgresClockNotes implements ClockNotes {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async read(): Promise<NotedClock> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ set_by: number | null; trusted_at: number | null }>`select
        (select value::bigint from wecom_push.meta where name = 'clock_set') as set_by,
        (select value::bigint from wecom_push.meta where name = 'trusted_at') as trusted_at`.execute(db),
    )
    return { setByMs: rows[0]?.set_by ?? 0, trustedAt: rows[0]?.trusted_at ?? undefined }
  }

  async noteTrusted(at: number): Promise<void> {
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.meta (name, value) values ('trusted_at', ${String(at)})
        on conflict (name) do update set value = excluded.value`.execute(db),
    )
  }
}
