/** Lets a limited number through at a time, one by default, in the order in which they came. */
export class Semaphore {
  readonly #slots: number
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(slots = 1) {
    this.#slots = slots
    this.#free = slots
  }

  /** No caller is inside or waiting. */
  get isIdle(): boolean {
    return this.#free === this.#slots
  }

  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return promise
  }

  /** Behind those who wait now, and ahead of those who come later. */
  async pass(): Promise<void> {
    await this.enter()
    this.leave()
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
