/** One at a time of each: who has a turn has to give it back before the next one of the same name begins. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  async take(name: string): Promise<Disposable> {
    const before = this.#last.get(name)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(name, promise)
    await before
    return {
      [Symbol.dispose]: () => {
        if (this.#last.get(name) === promise) this.#last.delete(name)
        resolve()
      },
    }
  }
}
