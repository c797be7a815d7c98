import { sql } from "kysely"
import { LocalLocks } from "../../model/local-locks.ts"
import type { ColdDatabase, Door, Use, Work } from "../cold/work.ts"
import type { Row } from "../row.ts"
import type { Database } from "./connection.ts"
import type { PostgresEvents } from "./events.ts"
import { LOCKS } from "./locks.ts"
import { noteUses } from "./note-uses.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export class PostgresCold implements ColdDatabase {
  readonly #transactions: Transactions
  readonly #events: Pick<PostgresEvents, "write"> | undefined
  readonly #locks = new LocalLocks()

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
    return name === undefined ? write() : this.#locks.run(name, write)
  }

  change<T>(name: string, work: () => Work<T>, door?: Door): Promise<T> {
    return this.#locks.run(name, () => this.#transactions.run((tx, after) => this.#perform(tx, work(), after), door))
  }

  changeAlone<T>(name: "apps" | "chats", work: () => Work<T>): Promise<T> {
    return this.#locks.run(name, () =>
      this.#transactions.run(async (tx, after) => {
        await sql`select pg_advisory_xact_lock(${LOCKS[name]})`.execute(tx)
        return this.#perform(tx, work(), after)
      }),
    )
  }

  async noteUses(table: "keys" | "sources", uses: readonly Use[]): Promise<void> {
    if (uses.length > 0) await this.#transactions.single((db) => noteUses(db, table, uses))
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
