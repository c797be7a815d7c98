import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { Transaction } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import type { StorageErrorCode } from "../../model/storage-error.ts"
import { point } from "../../model/ports/point.ts"
import { classifyError, isConflict, isReadOnly, sqlState } from "./classify-error.ts"
import { TIMEOUTS_MS } from "./connection.ts"
import type { Database } from "./connection.ts"
import { meaningOf } from "./database-troubles.ts"
import { reasonOf } from "./reason-of.ts"
import { SESSION_SETTINGS } from "./session-settings.ts"

export type Tx = Transaction<unknown>

/** Puts off an effect outside the database until the change is committed. */
export type AfterCommit = (effect: () => void) => void

/** May be done again from its beginning: whatever it does outside the database goes through `after`. */
export type Change<T> = (tx: Tx, after: AfterCommit) => Promise<T>

/** What the database, or the way to it, has said to a statement. */
export interface Trouble {
  readonly code: StorageErrorCode
  readonly sqlState: string | undefined
  /** In the words of the server, or of Node. */
  readonly why: string
}

/** Changes, each whole or not at all, and on the disk when they are answered. */
export class Transactions {
  readonly #db: Database
  readonly #isPooled: boolean
  readonly #onTrouble: (trouble: Trouble) => void
  #trouble: StorageErrorCode | undefined
  /** What had to be written could not be, for a reason that what is read does not meet, and nothing has been seen to be since. */
  #unwritable: StorageErrorCode | undefined
  #triedToWriteAt = -Infinity

  /** @param isPooled its connections have no limits of their own: each transaction sets them */
  constructor(db: Database, isPooled = false, onTrouble: (trouble: Trouble) => void = () => {}) {
    this.#db = db
    this.#isPooled = isPooled
    this.#onTrouble = onTrouble
  }

  /**
   * Why the last statement failed; undefined when it did not. Not so a full disk, on which much of what is small goes on,
   * or a server that only reads, as a standby: that is told until `tryToWrite` has written something.
   */
  get trouble(): StorageErrorCode | undefined {
    return this.#trouble ?? this.#unwritable
  }

  /** While nothing could be, and no oftener than is of use. Never fails. */
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
      // Should it not be allowed to try, whoever has to write next will tell.
      if (classifyError(error) === undefined) this.#unwritable = undefined
    }
  }

  /**
   * @param name under which points are told before and after its commit; none are unless given
   * @throws {StorageError} where it could not be kept
   */
  async run<T>(change: Change<T>, name?: "accept" | "begin" | "settle"): Promise<T> {
    const told: Change<T> = async (tx, after) => {
      const result = await change(tx, after)
      if (name !== undefined) point(`${name}.before_commit`)
      return result
    }
    const result = await this.#noted(() => againAfterConflicts(() => this.#once(told)))
    if (name !== undefined) point(`${name}.after_commit`)
    return result
  }

  /** A change that is one statement, and so whole without more. @throws {StorageError} where it could not be kept */
  single<T>(statement: (db: Database) => Promise<T>): Promise<T> {
    return this.#noted(() => againAfterConflicts(() => statement(this.#db)))
  }

  /** What `read` finds. @throws {StorageError} */
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
      // What a stop meets is no fault of the database.
      if (code !== "storage_closed") this.#onTrouble({ code, sqlState: sqlState(error), why: reasonOf(error) })
      throw new StorageError(code, {
        cause: error,
        ...(code !== "storage_closed" && { detail: meaningOf(sqlState(error)) }),
      })
    }
  }

  async #once<T>(change: Change<T>): Promise<T> {
    const effects: (() => void)[] = []
    const result = await this.#db
      .transaction()
      // What is read after a lock must be what its last holder has left, whatever is usual in this database.
      .setIsolationLevel("read committed")
      .execute(async (tx) => {
        if (this.#isPooled) await LIMITS.execute(tx)
        return change(tx, (effect) => void effects.push(effect))
      })
    for (const effect of effects) effect()
    return result
  }
}

/** What a change did is to be undone. */
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
/** A megabyte, of which nothing is left, nor in the log: a few rows on each page, in a table that nobody sees. */
const NEEDING_SPACE = [
  sql`create unlogged table wecom_push.space (n integer) with (fillfactor = 10)`,
  sql`insert into wecom_push.space select generate_series(1, 4000)`,
]
const LOOK_EVERY_MS = 1000
const MOST_TRIES = 5
const LONGEST_PAUSE_MS = 50
