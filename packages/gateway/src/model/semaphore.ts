/**
 * Lets a limited number through at a time, one by default. Waiting holders take turns, each with its callers in the
 * order in which they came: a holder with a hundred thousand callers delays none of the others.
 */
export class Semaphore {
  readonly #places: number
  #free: number
  readonly #waiting = new Map<string, (() => void)[]>()

  constructor(places = 1) {
    this.#places = places
    this.#free = places
  }

  /** No caller is inside or waiting. */
  get isIdle(): boolean {
    return this.#free === this.#places
  }

  /** Disposing of it gives the place to the next caller. */
  async take(holder = ""): Promise<Disposable> {
    await this.enter(holder)
    return { [Symbol.dispose]: () => this.leave() }
  }

  /** @returns undefined for a caller that is inside at once; it has to call `leave` */
  enter(holder = ""): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(holder)
    if (waiting === undefined) this.#waiting.set(holder, [resolve])
    else waiting.push(resolve)
    return promise
  }

  /** Waits behind the callers who wait now, and ahead of those who come later. */
  async pass(): Promise<void> {
    await this.enter()
    this.leave()
  }

  leave(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#free++
      return
    }
    const [holder, waiting] = first
    const letIn = waiting.shift()
    this.#waiting.delete(holder)
    // Behind the others.
    if (waiting.length > 0) this.#waiting.set(holder, waiting)
    letIn?.()
  }
}
