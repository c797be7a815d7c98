import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { LONGEST_ATTEMPT_MS } from "../../model/longest-attempt.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { Notices } from "./notices.ts"
import type { Transactions } from "./transactions.ts"

export interface ElsewhereDeps {
  readonly transactions: Transactions
  readonly notices: Notices
  /** Number of this node. */
  readonly node: number
}

/** Messages that other nodes work on, as the database shows it. Living nodes take over the jobs of a dead one. */
export class OtherNodes {
  readonly #deps: ElsewhereDeps

  constructor(deps: ElsewhereDeps) {
    this.#deps = deps
  }

  /** Makes the other node read the message anew before anything more of it is sent. @throws {StorageError} */
  async interrupt(message: string): Promise<void> {
    if (await this.#isAtWork(message)) await this.#halt(message)
  }

  /**
   * Makes the other node end its work on the message, and waits for that.
   * @returns false when there was none
   * @throws {StorageError} `storage_busy` when it takes longer than any call
   */
  async ended(message: string): Promise<boolean> {
    if (!(await this.#isAtWork(message))) return false
    for (let looks = 0; looks * LOOK_EVERY_MS < LONGEST_WAIT_MS; looks++) {
      // A notice may be lost.
      if (looks % LOOKS_PER_NOTICE === 0) await this.#halt(message)
      await sleep(LOOK_EVERY_MS)
      if (!(await this.#isAtWork(message))) return true
    }
    throw new StorageError("storage_busy")
  }

  #isAtWork(message: string): Promise<boolean> {
    const { transactions, node } = this.#deps
    return transactions.read(async (db) => {
      const { rows } = await sql`select from wecom_push.messages
        where id = ${message} and state = 'open' and worker <> ${node}`.execute(db)
      return rows.length > 0
    })
  }

  #halt(message: string): Promise<void> {
    const { transactions, notices } = this.#deps
    return transactions.run((tx) => notices.send(tx, "halt", message))
  }
}

const LOOK_EVERY_MS = 25
const LOOKS_PER_NOTICE = 40
const LONGEST_WAIT_MS = 2 * LONGEST_ATTEMPT_MS
