import type { DatabaseSync, StatementSync } from "node:sqlite"
import { KeyTable } from "../../model/compact/key-table.ts"
import { bytes, integer, optionalInteger, optionalText, text } from "../row.ts"

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
 * tables in memory: in a table or an index ordered by hash each new row would dirty a page of its own, more than all else of a
 * call. A full table is stored, or a start would have to read every row of the last hours.
 *
 * A table in memory only proposes a row. The row decides, so that a deleted or rolled back row does no harm. Everything
 * except construction and `prune` belongs inside a transaction.
 */
export class Bodies {
  readonly #insert: StatementSync
  readonly #row: StatementSync
  readonly #delete: StatementSync
  readonly #oldest: StatementSync
  readonly #rows: StatementSync
  readonly #keepTable: StatementSync
  readonly #dropTables: StatementSync
  /** Oldest first; a table forgets nothing, so that old ones are dropped whole. */
  #generations: Generation[] = []
  /** Full tables to be stored. One whose transaction is rolled back is read row by row at the next start. */
  readonly #full: Generation[] = []
  /** No id is given twice: a stored table covers every row in its range of ids. */
  #nextId: number

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("insert into bodies (id, agent, hash, message, call, at) values (?, ?, ?, ?, ?, ?)")
    this.#row = db.prepare("select agent, hash, message, call, at from bodies where id = ?")
    this.#delete = db.prepare("delete from bodies where id = ?")
    this.#oldest = db.prepare("select id, at from bodies order by id limit ?")
    // As one text: row by row takes three times as long.
    this.#rows =
      db.prepare(`select max(id) as last, group_concat(id || ' ' || substr(hash, 1, ${HASH_KEPT}) || ' ' || agent, char(10)) as keys
      from (select id, hash, agent from bodies where id between ? and ? order by id limit ${ROWS_AT_ONCE})`)
    this.#keepTable = db.prepare("insert into body_tables (first, last, rows) values (?, ?, ?)")
    this.#dropTables = db.prepare("delete from body_tables where last <= ?")
    let from = 1
    for (const row of db.prepare("select first, last, rows from body_tables order by first").iterate()) {
      const [first, last] = [integer(row, "first"), integer(row, "last")]
      this.#read(from, first - 1)
      const rows = KeyTable.fromBytes(bytes(row, "rows"))
      this.#generations.push({ rows, first, last, size: ROWS_PER_GENERATION })
      from = last + 1
    }
    const last = this.#read(from, Number.MAX_SAFE_INTEGER)
    this.#nextId = Math.max(from, last + 1)
  }

  find(key: BodyKey): SentBody | undefined {
    return this.#find(key)?.body
  }

  /** Replaces an earlier one, of any call. */
  hold(key: BodyKey, { messageId, number, at }: SentBody): void {
    const earlier = this.#find(key)
    if (earlier !== undefined) this.#delete.run(earlier.id)
    const id = this.#nextId++
    this.#insert.run(id, key.agent, key.hash, messageId, number, at)
    this.#note(tableKey(key), id)
    const full = this.#full.shift()
    if (full !== undefined) this.#keepTable.run(full.first, full.last, full.rows.toBytes())
  }

  /** Frees the body, if this call holds it. */
  free(key: BodyKey, messageId: string, number: number): void {
    const held = this.#find(key)
    if (held?.body.messageId === messageId && held.body.number === number) this.#delete.run(held.id)
  }

  /** @returns how many were deleted; at most `limit` */
  prune(before: number, limit: number): number {
    const rows = this.#oldest.all(limit)
    const young = rows.findIndex((row) => integer(row, "at") >= before)
    const old = young === -1 ? rows : rows.slice(0, young)
    for (const row of old) this.#delete.run(integer(row, "id"))
    const last = old.at(-1)
    if (last !== undefined) {
      const gone = integer(last, "id")
      this.#generations = this.#generations.filter((generation) => generation.last > gone)
      this.#dropTables.run(gone)
    }
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

  #note(key: string, id: number): void {
    let latest = this.#generations.at(-1)
    if (latest === undefined || latest.size >= ROWS_PER_GENERATION) {
      latest = { rows: new KeyTable(), size: 0, first: id, last: id }
      this.#generations.push(latest)
    }
    latest.rows.set(key, id)
    latest.last = id
    if (++latest.size === ROWS_PER_GENERATION) this.#full.push(latest)
  }

  /** Reads rows that no table covers. @returns the last of them; -1 where there is none */
  #read(first: number, last: number): number {
    for (let read = first - 1; ;) {
      const row = this.#rows.get(read + 1, last) ?? {}
      const keys = optionalText(row, "keys")
      if (keys === undefined) return read
      for (const line of keys.split("\n")) {
        const end = line.indexOf(" ")
        this.#note(line.slice(end + 1), Number(line.slice(0, end)))
      }
      read = optionalInteger(row, "last") ?? last
    }
  }
}

interface Generation {
  readonly rows: KeyTable
  size: number
  /** Ids of rows. */
  readonly first: number
  last: number
}

/** 96 bits of a hash are enough, since the row decides. */
const tableKey = ({ agent, hash }: BodyKey): string => `${hash.slice(0, HASH_KEPT)} ${agent}`

const HASH_KEPT = 16
/** Two megabytes, written in a few milliseconds; as many keys as go into a table before it doubles. */
const ROWS_PER_GENERATION = 90_000
const ROWS_AT_ONCE = 5000
