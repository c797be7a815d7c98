import { sql } from "kysely"
import { LocalLocks } from "../../model/local-locks.ts"
import type { FoundSource, NewSource, SourceChange, SourceRecord, SourceStore } from "../../model/ports/sources.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { optionalText } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { changedColumns, sealSigningSecret, toFoundSource, toSource } from "../source-rows.ts"
import { noteUses } from "./note-uses.ts"
import type { Transactions, Tx } from "./transactions.ts"

export class PostgresSources implements SourceStore {
  readonly #transactions: Transactions
  readonly #box: SecretBox
  readonly #locks = new LocalLocks()

  constructor(transactions: Transactions, box: SecretBox) {
    this.#transactions = transactions
    this.#box = box
  }

  async add(source: NewSource): Promise<void> {
    const { id, name, adapter, app, to, priority, template, signingSecret, prefix, hash, createdAt } = source
    const sealed = sealSigningSecret(this.#box, id, signingSecret)
    await this.#alone((tx) =>
      sql`insert into wecom_push.sources
        (id, name, adapter, app, audience, priority, template, signing_secret, prefix, hash, created_at) values
        (${id}, ${name}, ${adapter}, ${app}, ${JSON.stringify(to)}, ${priority}, ${template ?? null}, ${sealed},
          ${prefix}, ${hash}, ${createdAt})`.execute(tx),
    )
  }

  findByHash(hash: string): Promise<FoundSource | undefined> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.sources where hash = ${hash}
        union all select * from wecom_push.sources where old_hash = ${hash}`.execute(db)
      return rows[0] === undefined ? undefined : toFoundSource(rows[0], this.#box)
    })
  }

  get(id: string): Promise<SourceRecord | undefined> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.sources where id = ${id}`.execute(db)
      return rows[0] === undefined ? undefined : toSource(rows[0])
    })
  }

  list(): Promise<readonly SourceRecord[]> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select * from wecom_push.sources order by created_at, id`.execute(db)
      return rows.map(toSource)
    })
  }

  change(id: string, change: SourceChange, expected?: ExpectedVersion): Promise<SourceRecord | Unchanged> {
    return this.#with(id, expected, async (tx, row) => {
      const { signingSecret } = change
      const kept = optionalText(row, "signing_secret") ?? null
      const sealed = signingSecret === undefined ? kept : sealSigningSecret(this.#box, id, signingSecret)
      const [name, app, audience, priority, template] = changedColumns(toSource(row), change)
      const { rows } = await sql<Row>`update wecom_push.sources set name = ${name}, app = ${app},
        audience = ${audience}, priority = ${priority}, template = ${template}, signing_secret = ${sealed},
        version = version + 1 where id = ${id} returning *`.execute(tx)
      return rows.map(toSource)
    })
  }

  rotate(
    id: string,
    { prefix, hash }: Pick<SourceRecord, "prefix" | "hash">,
    oldUntil: number,
    expected?: ExpectedVersion,
  ): Promise<SourceRecord | Unchanged> {
    return this.#with(id, expected, async (tx) => {
      const { rows } = await sql<Row>`update wecom_push.sources set old_hash = hash, old_until = ${oldUntil},
        prefix = ${prefix}, hash = ${hash}, version = version + 1 where id = ${id} returning *`.execute(tx)
      return rows.map(toSource)
    })
  }

  async remove(id: string, expected?: ExpectedVersion): Promise<"removed" | Unchanged> {
    const removed = await this.#with(id, expected, async (tx, row) => {
      await sql`delete from wecom_push.sources where id = ${id}`.execute(tx)
      return [toSource(row)]
    })
    return typeof removed === "string" ? removed : "removed"
  }

  async used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void> {
    await this.#transactions.single((db) => noteUses(db, "sources", uses))
  }

  #with(
    id: string,
    expected: ExpectedVersion | undefined,
    work: (tx: Tx, row: Row) => Promise<readonly SourceRecord[]>,
  ): Promise<SourceRecord | Unchanged> {
    return this.#alone(async (tx) => {
      const { rows } = await sql<Row>`select * from wecom_push.sources where id = ${id} for update`.execute(tx)
      const [row] = rows
      if (row === undefined) return "unknown"
      if (expected?.(toSource(row)) === false) return "stale"
      const [record] = await work(tx, row)
      return record ?? "unknown"
    })
  }

  /** In the order of the calls. */
  #alone<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#locks.run("sources", () => this.#transactions.run(work))
  }
}
