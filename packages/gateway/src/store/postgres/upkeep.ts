import { sql } from "kysely"
import type { PruneCutoffs, PruneReport, StorageHealth, Upkeep } from "../../ports/upkeep.ts"
import type { Prune } from "./prune.ts"
import type { Transactions } from "./transactions.ts"

export class PostgresUpkeep implements Upkeep {
  readonly #transactions: Transactions
  readonly #prune: Prune
  #seen: { readonly bytes: number; readonly isDurable: boolean; readonly at: number }
  #isLooking = false

  /** @param isDurable as the server was set at the start */
  constructor(transactions: Transactions, prune: Prune, isDurable: boolean) {
    this.#transactions = transactions
    this.#prune = prune
    this.#seen = { bytes: 0, isDurable, at: -Infinity }
  }

  prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    return this.#prune.prune(cutoffs)
  }

  /** Of a minute ago, at most, but for `trouble`. */
  health(): StorageHealth {
    void this.#look()
    const { bytes, isDurable } = this.#seen
    return {
      kind: "postgres",
      trouble: this.#transactions.trouble,
      synchronous: isDurable ? "full" : "off",
      databaseBytes: bytes,
      logBytes: undefined,
    }
  }

  async #look(): Promise<void> {
    const now = performance.now()
    if (this.#isLooking || now - this.#seen.at < LOOK_EVERY_MS) return
    this.#isLooking = true
    try {
      this.#seen = await this.#transactions.read(async (db) => {
        const { rows } = await sql<{ bytes: number; is_durable: boolean }>`
          select pg_database_size(current_database()) as bytes,
            current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as is_durable`.execute(
          db,
        )
        return { bytes: rows[0]?.bytes ?? 0, isDurable: rows[0]?.is_durable !== false, at: now }
      })
    } catch {
      // `trouble` tells of it.
    } finally {
      this.#isLooking = false
    }
  }
}

const LOOK_EVERY_MS = 60_000
