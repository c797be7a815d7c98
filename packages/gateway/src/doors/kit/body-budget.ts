export interface BudgetSizes {
  /** The limit for all bodies together. */
  readonly totalBytes: number
  /** The part of it for bodies over `smallBytes`; the rest is left for small bodies. */
  readonly largeBytes: number
  readonly smallBytes: number
}

/** The memory that all bodies use that are being read or worked on. */
export class BodyBudget {
  readonly #sizes: BudgetSizes
  #held = 0

  constructor(sizes: BudgetSizes) {
    this.#sizes = sizes
  }

  /** Opens the reservation of a body that has no bytes yet. */
  open(): BodyReservation {
    return new BodyReservation(this)
  }

  /** Bytes that bodies hold now. */
  get held(): number {
    return this.#held
  }

  /** @returns whether a body that has held `before` bytes may hold `bytes` */
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

  get isOpen(): boolean {
    return this.#holders > 0
  }

  /** @returns false if there is no room; then it holds as much as before */
  resize(bytes: number): boolean {
    if (!this.isOpen || !this.#budget.resize(this.#bytes, bytes)) return false
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
