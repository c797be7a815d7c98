/** Lets one through at a time, in the order in which they came. */
export class Turnstile {
  #isTaken = false
  readonly #waiting: (() => void)[] = []

  enter(): Promise<void> | undefined {
    if (!this.#isTaken) {
      this.#isTaken = true
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return promise
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isTaken = false
    else next()
  }
}
