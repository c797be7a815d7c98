/**
 * How many look-ups of all corps together may be under way, so that sockets remain for sends. Waiting corps take turns:
 * one with a hundred thousand unknown numbers does not delay the others.
 */
export class LookupPlaces {
  #free: number
  readonly #waiting = new Map<string, (() => void)[]>()

  constructor(slots: number) {
    this.#free = slots
  }

  /** Dispose of it to pass the place on. */
  async take(corpId: string): Promise<Disposable> {
    if (this.#free > 0) this.#free--
    else await this.#turnOf(corpId)
    return { [Symbol.dispose]: () => this.#giveBack() }
  }

  #turnOf(corpId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(corpId)
    if (waiting === undefined) this.#waiting.set(corpId, [resolve])
    else waiting.push(resolve)
    return promise
  }

  #giveBack(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#free++
      return
    }
    const [corpId, waiting] = first
    const resume = waiting.shift()
    this.#waiting.delete(corpId)
    // Behind the other corps.
    if (waiting.length > 0) this.#waiting.set(corpId, waiting)
    resume?.()
  }
}
