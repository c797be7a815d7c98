import type { MessageReader } from "../ports/reader.ts"
import { exhausted, Tally } from "../domain/shares.ts"
import type { Holder, Stock } from "../domain/shares.ts"
import { Problem } from "../problems/problem.ts"
import { shareUsed } from "../problems/share-used.ts"

/**
 * Closes the door while more messages wait than the gateway was made for, and to those who have more than their share of
 * them. Looks at most once a second.
 */
export class BacklogGate {
  readonly #reader: Pick<MessageReader, "unfinished">
  readonly #stock: Stock
  #tally = new Tally()
  #lookAgainAt = -Infinity

  /** @param stock in messages */
  constructor(reader: Pick<MessageReader, "unfinished">, stock: Stock) {
    this.#reader = reader
    this.#stock = stock
  }

  /**
   * At once, unless it is time to look.
   * @throws {Problem} `backlog_full`, `share_used`
   */
  pass(holder: Holder, now: number): Promise<void> | undefined {
    // Too far ahead it is after the clock was set back.
    if (now >= this.#lookAgainAt || now < this.#lookAgainAt - LOOK_EVERY_MS) return this.#lookAndPass(holder, now)
    this.#count(holder)
    return undefined
  }

  async #lookAndPass(holder: Holder, now: number): Promise<void> {
    this.#lookAgainAt = now + LOOK_EVERY_MS
    const tally = new Tally()
    for (const { keyId, app, count } of await this.#reader.unfinished()) tally.add({ key: keyId, app }, count)
    this.#tally = tally
    this.#count(holder)
  }

  #count(holder: Holder): void {
    const found = exhausted(this.#stock, this.#tally, holder)
    if (found?.of === "all") throw new Problem("backlog_full", { retryAfterSeconds: RETRY_AFTER_SECONDS })
    if (found !== undefined) throw shareUsed("messages", found, RETRY_AFTER_SECONDS)
    // Between two looks what is let in counts, what is finished does not.
    this.#tally.add(holder, 1)
  }
}

const LOOK_EVERY_MS = 1000
const RETRY_AFTER_SECONDS = 30
