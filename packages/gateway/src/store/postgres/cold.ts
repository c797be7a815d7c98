import { sql } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import type { ColdDatabase, Door, Use, Work } from "../cold/work.ts"
import type { Row } from "../row.ts"
import { isOfSome } from "./batcher.ts"
import type { Database } from "./connection.ts"
import type { PostgresEvents } from "./events.ts"
import { LOCKS } from "./locks.ts"
import { noteUses } from "./note-uses.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export class PostgresCold implements ColdDatabase {
  readonly #transactions: Transactions
  readonly #events: Pick<PostgresEvents, "write"> | undefined
  /** For each name the end of its last change, with the error that those after it get too. */
  readonly #ends = new Map<string, Promise<StorageError | undefined>>()

  /** @param events undefined where no change writes events */
  constructor(transactions: Transactions, events?: Pick<PostgresEvents, "write">) {
    this.#transactions = transactions
    this.#events = events
  }

  read<T>(work: () => Work<T>): Promise<T> {
    return this.#transactions.read((db) => perform(db, work()))
  }

  /** Needs nothing more: no change is visible before its commit is on the disk. */
  readDurable<T>(work: () => Work<T>): Promise<T> {
    return this.read(work)
  }

  write<T>(work: () => Work<T>, name?: string): Promise<T> {
    const write = (): Promise<T> => this.#transactions.single((db) => perform(db, work()))
    return name === undefined ? write() : this.#inOrder(name, write)
  }

  change<T>(name: string, work: () => Work<T>, door?: Door): Promise<T> {
    return this.#inOrder(name, () => this.#transactions.run((tx, after) => this.#perform(tx, work(), after), door))
  }

  changeAlone<T>(name: "apps" | "chats", work: () => Work<T>): Promise<T> {
    return this.#inOrder(name, () =>
      this.#transactions.run(async (tx, after) => {
        await sql`select pg_advisory_xact_lock(${LOCKS[name]})`.execute(tx)
        return this.#perform(tx, work(), after)
      }),
    )
  }

  async noteUses(table: "keys" | "sources", uses: readonly Use[]): Promise<void> {
    if (uses.length > 0) await this.#transactions.single((db) => noteUses(db, table, uses))
  }

  /**
   * One change at a time for each name in this process, in the order of the calls. Those that wait when the database fails
   * would get the same error after the same wait, so they get it at once.
   */
  async #inOrder<T>(name: string, change: () => Promise<T>): Promise<T> {
    const before = this.#ends.get(name)
    const { promise: end, resolve } = Promise.withResolvers<StorageError | undefined>()
    this.#ends.set(name, end)
    let failure: StorageError | undefined
    try {
      failure = await before
      if (failure !== undefined) throw failure
      return await change()
    } catch (error) {
      if (error instanceof StorageError && !isOfSome(error)) failure = error
      throw error
    } finally {
      if (this.#ends.get(name) === end) this.#ends.delete(name)
      resolve(failure)
    }
  }

  #perform<T>(tx: Tx, work: Work<T>, after: AfterCommit): Promise<T> {
    return perform(tx, work, after, (events) => this.#events?.write(tx, events, after))
  }
}

/** Like `query`, for statements that only PostgreSQL understands. */
export function* ownQuery(parts: TemplateStringsArray, ...values: readonly unknown[]): Work<readonly Row[]> {
  return yield { parts, values }
}

/**
 * Performs work in a transaction, or without one.
 * @param after unless given, each statement is committed by itself
 * @param write writes the events; unless given, there are none, as outside a change
 */
export async function perform<T>(
  db: Database,
  work: Work<T>,
  after: AfterCommit = (effect) => effect(),
  write?: (events: Parameters<PostgresEvents["write"]>[1]) => void,
): Promise<T> {
  let step = work.next()
  while (step.done !== true) {
    let rows: readonly Row[] = []
    if ("parts" in step.value) {
      const { parts, values, locksRows } = step.value
      const statement = sql<Row>(parts, ...values)
      const whole = locksRows === undefined ? statement : sql<Row>`${statement} for ${sql.raw(locksRows)}`
      rows = (await whole.execute(db)).rows
    } else if ("effect" in step.value) after(step.value.effect)
    else write?.(step.value)
    step = work.next(rows)
  }
  return step.value
}
