import { sql } from "kysely"
import type { KeyRecord, KeyStore, NewKey } from "../../model/ports/keys.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { toKey, toScopes } from "../key-rows.ts"
import type { Row } from "../row.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import type { Database } from "./connection.ts"
import { noteUses } from "./note-uses.ts"
import type { Change, Transactions, Tx } from "./transactions.ts"

export class PostgresKeys implements KeyStore {
  readonly #transactions: Transactions
  readonly #locks = new LocalLocks()

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  add(key: NewKey): Promise<void> {
    return this.#change((tx) => insert(tx, key))
  }

  rotate(id: string, successor: NewKey, expected?: ExpectedVersion): Promise<"added" | "revoked" | Unchanged> {
    return this.#change(async (tx) => {
      const old = await lock(tx, id)
      if (old === undefined) return "unknown"
      if (expected?.(old) === false) return "stale"
      if (old.revokedAt !== undefined) return "revoked"
      await insert(tx, successor)
      return "added"
    })
  }

  findByHash(hash: string): Promise<KeyRecord | undefined> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.keys where hash = ${hash}`.execute(db)
      return toKey(rows[0])
    })
  }

  get(id: string): Promise<KeyRecord | undefined> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.keys where id = ${id}`.execute(db)
      return toKey(rows[0])
    })
  }

  list(): Promise<readonly KeyRecord[]> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.keys order by created_at, id`.execute(db)
      return rows.flatMap((row) => toKey(row) ?? [])
    })
  }

  revoke(id: string, at: number, expected?: ExpectedVersion): Promise<"revoked" | "revoked_before" | Unchanged> {
    return this.#change(async (tx) => {
      const key = await lock(tx, id)
      if (key === undefined) return "unknown"
      if (expected?.(key) === false) return "stale"
      if (key.revokedAt !== undefined) return "revoked_before"
      await sql`update wecom_push.keys set revoked_at = ${at}, version = version + 1 where id = ${id}`.execute(tx)
      return "revoked"
    })
  }

  async used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void> {
    if (uses.length === 0) return
    await this.#transactions.single((db) => noteUses(db, "keys", uses))
  }

  /** In the order of the calls. */
  #change<T>(change: Change<T>): Promise<T> {
    return this.#locks.run("keys", () => this.#transactions.run(change))
  }
}

async function lock(tx: Tx, id: string): Promise<KeyRecord | undefined> {
  const { rows } = await sql<Row>`select * from wecom_push.keys where id = ${id} for update`.execute(tx)
  return toKey(rows[0])
}

async function insert(db: Database, key: NewKey): Promise<void> {
  const { id, client, name, prefix, hash, scopes, forward, apps, audienceCap, overflow, createdAt } = key
  await sql`insert into wecom_push.keys
    (id, client, name, prefix, hash, scopes, apps, audience_cap, overflow, created_at) values
    (${id}, ${client}, ${name}, ${prefix}, ${hash}, ${toScopes({ scopes, forward })}, ${JSON.stringify(apps)},
      ${audienceCap ?? null}, ${overflow ?? null}, ${createdAt})`.execute(db)
}
