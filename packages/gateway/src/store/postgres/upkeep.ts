import { createHash } from "node:crypto"
import { sql } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import type { PruneCutoffs, PruneReport, StorageHealth, Upkeep } from "../../model/ports/upkeep.ts"
import { DEAD_ROWS } from "./dead-rows.ts"
import type { DeadRows } from "./dead-rows.ts"
import { countAlive } from "./nodes.ts"
import type { Prune } from "./prune.ts"
import type { Reconciler } from "./reconcile.ts"
import type { Transactions } from "./transactions.ts"

export interface UpkeepDeps {
  readonly transactions: Transactions
  readonly prune: Prune
  readonly reconciler: Pick<Reconciler, "found">
  /** As the server was set at the start. */
  readonly isDurable: boolean
  readonly databaseId: string
}

interface Seen {
  readonly databaseBytes: number
  readonly isDurable: boolean
  readonly nodes: number
  readonly deadRows: number
  readonly oldestSnapshotSeconds: number
}

export class PostgresUpkeep implements Upkeep {
  readonly #deps: UpkeepDeps
  #seen: Seen
  #seenAt = -Infinity
  #isLooking = false

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
    const { isDurable } = deps
    this.#seen = { databaseBytes: 0, isDurable, nodes: 1, deadRows: 0, oldestSnapshotSeconds: 0 }
  }

  prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    return this.#deps.prune.prune(cutoffs)
  }

  /** The result of the last look. A new look begins now, when the last one is some seconds old. */
  health(): StorageHealth {
    void this.#look()
    void this.#deps.transactions.tryToWrite()
    const { isDurable, ...seen } = this.#seen
    return {
      ...seen,
      kind: "postgres",
      trouble: this.#deps.transactions.trouble,
      synchronous: isDurable ? "full" : "off",
      databaseId: this.#deps.databaseId,
      strandedMessages: this.#deps.reconciler.found,
      logBytes: undefined,
    }
  }

  async #look(): Promise<void> {
    const now = performance.now()
    if (this.#isLooking || now - this.#seenAt < LOOK_EVERY_MS) return
    this.#isLooking = true
    try {
      this.#seen = await this.#deps.transactions.read(async (db) => {
        const { rows } = await sql<{ bytes: number; is_durable: boolean }>`
          select pg_database_size(current_database()) as bytes,
            current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as is_durable`.execute(
          db,
        )
        const [row] = rows
        const [space] = (await sql.raw<DeadRows>(DEAD_ROWS).execute(db)).rows
        return {
          databaseBytes: row?.bytes ?? 0,
          isDurable: row?.is_durable !== false,
          nodes: await countAlive(db),
          deadRows: space?.dead ?? 0,
          oldestSnapshotSeconds: space?.oldestSnapshotSeconds ?? 0,
        }
      })
      this.#seenAt = now
    } catch {
      // `trouble` reports it.
    } finally {
      this.#isLooking = false
    }
  }
}

const LOOK_EVERY_MS = 10_000

/** The same on each gateway, by whatever address it reaches the database. */
export async function findDatabaseId(transactions: Transactions): Promise<string> {
  const { name, oid } = await transactions.read(async (db) => {
    const { rows } = await sql<{ name: string; oid: number }>`
      select datname as name, oid::bigint as oid from pg_database where datname = current_database()`.execute(db)
    return rows[0] ?? { name: "", oid: 0 }
  })
  const server = await findServerId(transactions)
  return createHash("sha256")
    .update(`${server ?? name}/${oid}`)
    .digest("hex")
    .slice(0, 8)
}

async function findServerId(transactions: Transactions): Promise<string | undefined> {
  try {
    return await transactions.read(async (db) => {
      const { rows } = await sql<{ id: string }>`
        select system_identifier::text as id from pg_control_system()`.execute(db)
      return rows[0]?.id
    })
  } catch (error) {
    // A server may reserve this function for its administrators.
    if (error instanceof StorageError) throw error
    return undefined
  }
}
