import type { NamedTurns } from "../model/ports/named-turns.ts"

/** One task at a time for each name in this process, in the order in which they came. */
export class Turns implements NamedTurns {
  readonly #last = new Map<string, Promise<void>>()

  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(name, promise)
    try {
      await before
      return await task()
    } finally {
      if (this.#last.get(name) === promise) this.#last.delete(name)
      resolve()
    }
  }
}
