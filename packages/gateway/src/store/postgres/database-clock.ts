import { systemClock } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import { sql } from "kysely"
import type { Transactions } from "./transactions.ts"

/**
 * The database's time, the same for all nodes whatever their own clocks show. It is measured now and then, and advanced
 * in between by a monotonic clock. It is wrong by half of a round trip at most.
 */
export class DatabaseClock implements Clock, Disposable {
  readonly #transactions: Transactions
  readonly #timer: NodeJS.Timeout
  /** By how much the database's clock is ahead of the monotonic clock. */
  #offset: number

  /** @throws {StorageError} */
  static async start(transactions: Transactions): Promise<DatabaseClock> {
    return new DatabaseClock(transactions, await measure(transactions))
  }

  private constructor(transactions: Transactions, offset: number) {
    this.#transactions = transactions
    this.#offset = offset
    this.#timer = setInterval(() => void this.#measureAgain(), MEASURE_EVERY_MS).unref()
  }

  now(): number {
    return Math.floor(performance.now() + this.#offset)
  }

  monotonic(): number {
    return performance.now()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  async #measureAgain(): Promise<void> {
    try {
      this.#offset = await measure(this.#transactions)
    } catch {
      // The last measurement stays in use; other callers report what is wrong with the database.
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Takes the quickest of some measurements, since the others had to wait. */
async function measure(transactions: Transactions): Promise<number> {
  let best = { took: Infinity, offset: 0 }
  for (let tries = 0; tries < MEASUREMENTS; tries++) {
    const asked = performance.now()
    const at = await transactions.read(async (db) => {
      const { rows } = await sql<{ at: number }>`
        select (extract(epoch from clock_timestamp()) * 1000)::float8 as at`.execute(db)
      return rows[0]?.at ?? 0
    })
    const took = performance.now() - asked
    if (took < best.took) best = { took, offset: at - asked - took / 2 }
  }
  return best.offset
}

const MEASUREMENTS = 3
const MEASURE_EVERY_MS = 30_000
