import { exhausted, Tally } from "../model/shares.ts"
import type { Exhausted, Holder, Stock } from "../model/shares.ts"
import type { Problem } from "../problems/problem.ts"

/** The share of a stock that one holder has. */
interface Holding {
  readonly keyId: string
  readonly app: string | undefined
  readonly amount: number
}

export interface StockCheckDeps {
  readonly stock: Stock
  /** The shares of all holders, asked for at most once a second. */
  readonly holdings: () => Promise<readonly Holding[]>
  readonly refusal: (found: Exhausted) => Problem
}

/**
 * Refuses more while a stock is used up, and refuses those who have more than their share of it. Reads the stock at most
 * once a second.
 */
export class StockCheck {
  readonly #deps: StockCheckDeps
  #tally = new Tally()
  #lookAgainAt = -Infinity

  constructor(deps: StockCheckDeps) {
    this.#deps = deps
  }

  get stock(): Stock {
    return this.#deps.stock
  }

  /**
   * Synchronous, unless it is time to read the stock again.
   * @throws {Problem} `share_used`, or the problem of a stock of which nothing is left for anyone
   */
  pass(holder: Holder, now: number, wanted = 1): Promise<void> | undefined {
    // The time lies too far ahead if the clock was set back.
    if (now >= this.#lookAgainAt || now < this.#lookAgainAt - LOOK_EVERY_MS)
      return this.#lookAndPass(holder, now, wanted)
    this.#count(holder, wanted)
    return undefined
  }

  async #lookAndPass(holder: Holder, now: number, wanted: number): Promise<void> {
    this.#lookAgainAt = now + LOOK_EVERY_MS
    const tally = new Tally()
    for (const { keyId, app, amount } of await this.#deps.holdings()) tally.add({ key: keyId, app }, amount)
    this.#tally = tally
    this.#count(holder, wanted)
  }

  #count(holder: Holder, wanted: number): void {
    const found = exhausted(this.#deps.stock, this.#tally, holder, wanted)
    if (found !== undefined) throw this.#deps.refusal(found)
    // Between two readings, new uses are counted, but what is given back is not.
    this.#tally.add(holder, wanted)
  }
}

const LOOK_EVERY_MS = 1000
