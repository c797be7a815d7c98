import { sql } from "kysely"
import type { TokenStore } from "@wecom-push/sdk"
import type { TokenRecord } from "@wecom-push/sdk/internals"
import { parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { sealedPlaces } from "../sealed-places.ts"
import type { SecretBox } from "../secret-box.ts"
import type { NamedLocks } from "../../model/ports/named-locks.ts"
import type { Transactions } from "./transactions.ts"

/** Tokens, encrypted, the same for all nodes. */
export class PostgresTokens implements TokenStore {
  readonly #transactions: Transactions
  readonly #locks: NamedLocks
  readonly #box: SecretBox

  constructor(transactions: Transactions, locks: NamedLocks, box: SecretBox) {
    this.#transactions = transactions
    this.#locks = locks
    this.#box = box
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select record from wecom_push.tokens where key = ${key}`.execute(db),
    )
    const [row] = rows
    if (row === undefined) return undefined
    return parseOwn<TokenRecord>(this.#box.open(text(row, "record"), sealedPlaces.token(key)))
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    const sealed = this.#box.seal(JSON.stringify(record), sealedPlaces.token(key))
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.tokens (key, record) values (${key}, ${sealed})
        on conflict (key) do update set record = excluded.record`.execute(db),
    )
  }

  /**
   * Keeps other nodes out as well. If the session is lost while `task` runs, the lock is lost and the task continues:
   * another node may then ask for a token too, which does no harm. The same may happen when the lock does not come in
   * time: the node that has it may be frozen.
   */
  exclusively<T>(key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#locks.run(`token ${key}`, task, { signal, patienceMs: PATIENCE_MS })
  }
}

/** Longer than a slow gettoken with a repeat; with it another node asks within 15 s. */
const PATIENCE_MS = 8000
