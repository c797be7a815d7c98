import type { DatabaseSync, StatementSync } from "node:sqlite"
import { KeyTable } from "../../domain/compact/key-table.ts"
import { integer, text } from "./row.ts"

export interface BodyKey {
  /** The number of the agent. */
  readonly agent: number
  readonly hash: string
}

export interface SentBody {
  readonly messageId: string
  readonly number: number
  readonly at: number
}

/**
 * Which call body went out when, for the collision guard. Rows are written in the order of time and found through
 * tables in memory: in a table ordered by hash each new row would dirty a page of its own, more than all else of a call.
 *
 * What memory says is only a proposal. The row decides, so that one that was deleted, or whose transaction was taken
 * back, does no harm. Everything but making and `prune` belongs inside a transaction.
 */
export class Bodies {
  readonly #insert: StatementSync
  readonly #row: StatementSync
  readonly #delete: StatementSync
  readonly #oldest: StatementSync
  /** Oldest first; a table forgets nothing, so that old ones go as a whole. */
  #generations: { readonly rows: KeyTable; size: number; lastRow: number }[] = []

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("insert into bodies (agent, hash, message, call, at) values (?, ?, ?, ?, ?)")
    this.#row = db.prepare("select agent, hash, message, call, at from bodies where id = ?")
    this.#delete = db.prepare("delete from bodies where id = ?")
    this.#oldest = db.prepare("select id, at from bodies order by id limit ?")
    for (const row of db.prepare("select id, agent, hash from bodies order by id").iterate()) {
      this.#note({ agent: integer(row, "agent"), hash: text(row, "hash") }, integer(row, "id"))
    }
  }

  find(key: BodyKey): SentBody | undefined {
    return this.#find(key)?.body
  }

  /** Instead of an earlier one, of whatever call. */
  hold(key: BodyKey, { messageId, number, at }: SentBody): void {
    const earlier = this.#find(key)
    if (earlier !== undefined) this.#delete.run(earlier.id)
    const { lastInsertRowid } = this.#insert.run(key.agent, key.hash, messageId, number, at)
    this.#note(key, Number(lastInsertRowid))
  }

  /** Gives the body free, if this call holds it. */
  free(key: BodyKey, messageId: string, number: number): void {
    const held = this.#find(key)
    if (held?.body.messageId === messageId && held.body.number === number) this.#delete.run(held.id)
  }

  /** @returns how many went; at most `limit` */
  prune(before: number, limit: number): number {
    const rows = this.#oldest.all(limit)
    const young = rows.findIndex((row) => integer(row, "at") >= before)
    const old = young === -1 ? rows : rows.slice(0, young)
    for (const row of old) this.#delete.run(integer(row, "id"))
    const last = old.at(-1)
    if (last !== undefined) this.#generations = this.#generations.filter(({ lastRow }) => lastRow > integer(last, "id"))
    return old.length
  }

  #find({ agent, hash }: BodyKey): { readonly id: number; readonly body: SentBody } | undefined {
    const key = tableKey({ agent, hash })
    for (let index = this.#generations.length - 1; index >= 0; index--) {
      const id = this.#generations[index]?.rows.get(key)
      const row = id === undefined ? undefined : this.#row.get(id)
      if (id === undefined || row === undefined) continue
      if (text(row, "hash") !== hash || integer(row, "agent") !== agent) continue
      return { id, body: { messageId: text(row, "message"), number: integer(row, "call"), at: integer(row, "at") } }
    }
    return undefined
  }

  #note(key: BodyKey, id: number): void {
    let latest = this.#generations.at(-1)
    if (latest === undefined || latest.size >= ROWS_PER_GENERATION) {
      latest = { rows: new KeyTable(), size: 0, lastRow: 0 }
      this.#generations.push(latest)
    }
    latest.rows.set(tableKey(key), id)
    latest.size++
    latest.lastRow = Math.max(latest.lastRow, id)
  }
}

/** Of a hash 96 bits will do, since the row decides. */
const tableKey = ({ agent, hash }: BodyKey): string => `${hash.slice(0, 16)} ${agent}`

/** Some five megabytes. */
const ROWS_PER_GENERATION = 250_000
