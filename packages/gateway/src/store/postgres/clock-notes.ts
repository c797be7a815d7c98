import { sql } from "kysely"
import type { ClockNotes } from "../../ports/clock-notes.ts"
import type { Transactions } from "./transactions.ts"

export class PostgresClockNotes implements ClockNotes {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async setByMs(): Promise<number> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ set_by: number }>`select value::bigint as set_by from wecom_push.meta where name = 'clock_set'`.execute(db),
    )
    return rows[0]?.set_by ?? 0
  }
}
