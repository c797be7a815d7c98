export interface BudgetSizes {
  /** For all bodies together. */
  readonly totalBytes: number
  /** Of that for bodies over `smallBytes`; the rest is left to those that are not. */
  readonly largeBytes: number
  readonly smallBytes: number
}

/** How much memory the bodies that are being read or worked on take together. */
export class BodyBudget {
  readonly #sizes: BudgetSizes
  #held = 0

  constructor(sizes: BudgetSizes) {
    this.#sizes = sizes
  }

  /** Of a body of which nothing is there yet. */
  open(): BodyReservation {
    return new BodyReservation(this)
  }

  /** Bytes that bodies hold now. */
  get held(): number {
    return this.#held
  }

  /** @returns whether a body that has held `before` may hold so many */
  resize(before: number, bytes: number): boolean {
    const { totalBytes, largeBytes, smallBytes } = this.#sizes
    const held = this.#held - before + bytes
    if (bytes > before && held > (bytes > smallBytes ? largeBytes : totalBytes)) return false
    this.#held = held
    return true
  }
}

/** The memory of one body, given back when all users of the body have disposed of it. */
export class BodyReservation implements Disposable {
  readonly #budget: BodyBudget
  #bytes = 0
  #holders = 1

  constructor(budget: BodyBudget) {
    this.#budget = budget
  }

  /** @returns false, and holds what it held, when there is no room */
  resize(bytes: number): boolean {
    if (this.#holders === 0 || !this.#budget.resize(this.#bytes, bytes)) return false
    this.#bytes = bytes
    return true
  }

  grow(bytes: number): boolean {
    return this.resize(this.#bytes + bytes)
  }

  /** For work on the body that may last longer than its connection. */
  share(): Disposable {
    this.#holders++
    return { [Symbol.dispose]: () => this[Symbol.dispose]() }
  }

  [Symbol.dispose](): void {
    if (--this.#holders > 0) return
    this.#budget.resize(this.#bytes, 0)
    this.#bytes = 0
  }
}
