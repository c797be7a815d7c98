import type { NamedLocks } from "./ports/named-locks.ts"

/** One task at a time for each name in this process; waiting tasks run in the order in which they came. */
export class LocalLocks implements NamedLocks {
  readonly #last = new Map<string, Promise<void>>()

  /** Dispose of it to let the next task of the same name begin. */
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

  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    using _lock = await this.take(name)
    return await task()
  }
}
