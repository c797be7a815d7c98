import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { RawBuilder, Transaction } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import type { StorageErrorCode } from "../../model/storage-error.ts"
import { point } from "../../model/ports/point.ts"
import { classifyError, isConflict, isOfChange, isReadOnly, sqlState } from "./classify-error.ts"
import { TIMEOUTS_MS } from "./connection.ts"
import type { Database } from "./connection.ts"
import { meaningOf } from "./database-troubles.ts"
import { reasonOf } from "./reason-of.ts"
import { SESSION_SETTINGS } from "./session-settings.ts"
import { statementText } from "./statement-text.ts"

export type Tx = Transaction<unknown>

/** Defers an effect outside the database until the change is committed. */
export type AfterCommit = (effect: () => void) => void

/** May be repeated from its beginning: every effect outside the database goes through `after`. */
export type Change<T> = (tx: Tx, after: AfterCommit) => Promise<T>

/** An error of the database, or of the connection, in a statement. */
export interface Trouble {
  readonly code: StorageErrorCode
  readonly sqlState: string | undefined
  /** The words of the server, or of Node. */
  readonly why: string
}

/** Changes, each whole or not at all, and on the disk when they are answered. */
export class Transactions {
  readonly #db: Database
  readonly #isPooled: boolean
  readonly #onTrouble: (trouble: Trouble) => void
  #trouble: StorageErrorCode | undefined
  /** The error of the last failed write, of a kind that reads do not meet, until a write succeeds. */
  #unwritable: StorageErrorCode | undefined
  #triedToWriteAt = -Infinity
  readonly #last = new WeakMap<Tx, readonly RawBuilder<unknown>[]>()

  /** @param isPooled its connections have no limits of their own: each transaction sets them */
  constructor(db: Database, isPooled = false, onTrouble: (trouble: Trouble) => void = () => {}) {
    this.#db = db
    this.#isPooled = isPooled
    this.#onTrouble = onTrouble
  }

  /**
   * Why the last statement failed; undefined when it did not. A full disk, on which many small changes still succeed,
   * and a read-only server, such as a standby, are reported until `tryToWrite` has written something.
   */
  get trouble(): StorageErrorCode | undefined {
    return this.#trouble ?? this.#unwritable
  }

  /** Tries only while writes fail, and not too often. Never fails. */
  async tryToWrite(): Promise<void> {
    const now = performance.now()
    if (this.#unwritable === undefined || now - this.#triedToWriteAt < LOOK_EVERY_MS) return
    this.#triedToWriteAt = now
    try {
      await this.#once(async (tx) => {
        for (const statement of NEEDING_SPACE) await statement.execute(tx)
        throw new TakenBack()
      })
    } catch (error) {
      // If it has no right to try, the next real write will show the error.
      if (classifyError(error) === undefined) this.#unwritable = undefined
    }
  }

  /**
   * @param name of the points that are published before and after its commit; none unless given
   * @throws {StorageError} when it could not be stored
   */
  async run<T>(change: Change<T>, name?: "accept" | "begin" | "settle" | "callback"): Promise<T> {
    const reported: Change<T> = async (tx, after) => {
      const result = await change(tx, after)
      if (name !== undefined) point(`${name}.before_commit`)
      return result
    }
    const result = await this.#noted(() => againAfterConflicts(() => this.#once(reported)))
    if (name !== undefined) point(`${name}.after_commit`)
    return result
  }

  /**
   * Runs them at the end of a transaction, in one message with its commit: a process that hangs cannot keep the locks
   * that they take. Their results are not read; their parameters become literals, which the server gives the type that it
   * expects there.
   */
  withCommit(tx: Tx, statements: readonly RawBuilder<unknown>[]): void {
    this.#last.set(tx, [...(this.#last.get(tx) ?? []), ...statements])
  }

  /** A change of a single statement, which is atomic by itself. @throws {StorageError} when it could not be stored */
  single<T>(statement: (db: Database) => Promise<T>): Promise<T> {
    return this.#noted(() => againAfterConflicts(() => statement(this.#db)))
  }

  /** The result of `read`. @throws {StorageError} */
  read<T>(read: (db: Database) => Promise<T>): Promise<T> {
    return this.#noted(() => againAfterConflicts(() => read(this.#db)))
  }

  async #noted<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.#trouble = undefined
      return result
    } catch (error) {
      const code = classifyError(error)
      if (code === undefined) throw error
      if (code === "storage_full" || isReadOnly(error)) this.#unwritable = code
      else this.#trouble = code
      // An error because of a stop is no fault of the database.
      if (code !== "storage_closed") this.#onTrouble({ code, sqlState: sqlState(error), why: reasonOf(error) })
      throw new StorageError(code, {
        cause: error,
        isOfChange: isOfChange(error),
        ...(code !== "storage_closed" && { detail: meaningOf(sqlState(error)) }),
      })
    }
  }

  async #once<T>(change: Change<T>): Promise<T> {
    const effects: (() => void)[] = []
    const result = await this.#db
      .transaction()
      // A read after a lock must see what its last holder has left, whatever the default of this database.
      .setIsolationLevel("read committed")
      .execute(async (tx) => {
        if (this.#isPooled) await LIMITS.execute(tx)
        const changed = await change(tx, (effect) => void effects.push(effect))
        await this.#runLast(tx)
        return changed
      })
    for (const effect of effects) effect()
    return result
  }

  async #runLast(tx: Tx): Promise<void> {
    const statements = this.#last.get(tx)
    if (statements === undefined) return
    // The chained transaction is for Kysely, which ends each with a commit of its own.
    const texts = [...statements.map((statement) => statementText(tx, statement)), "commit and chain"]
    await sql.raw(texts.join("; ")).execute(tx)
  }
}

/** The change has to be rolled back. */
class TakenBack extends Error {}

async function againAfterConflicts<T>(once: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await once()
    } catch (error) {
      if (!isConflict(error) || tries === MOST_TRIES) throw error
      await sleep(Math.random() * LONGEST_PAUSE_MS)
    }
  }
}

const LIMITS = sql`select set_config(name, value, true) from json_each_text(${JSON.stringify({ ...TIMEOUTS_MS, ...SESSION_SETTINGS })}::json) as most(name, value)`
/**
 * A megabyte, of which nothing stays, not even in the log: a few rows on each page, in a table that no other
 * transaction sees.
 */
const NEEDING_SPACE = [
  sql`create unlogged table wecom_push.space (n integer) with (fillfactor = 10)`,
  sql`insert into wecom_push.space select generate_series(1, 4000)`,
]
const LOOK_EVERY_MS = 1000
const MOST_TRIES = 5
const LONGEST_PAUSE_MS = 50
