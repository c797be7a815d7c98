import { bounded, TookTooLong } from "./bounded.ts"

/** A store returned something that is not valid for any store. */
export class UnusableStoreAnswer extends Error {
  override readonly name = "UnusableStoreAnswer"
  readonly code = "STORE_ANSWER"

  constructor(call: string) {
    super(`the store's answer to ${call} cannot be used`)
  }
}

/** The time limit for the calls of one store. */
export class StoreLimit {
  readonly timeoutMs: number
  #leftOutUntil = -Infinity

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
  }

  /**
   * A store that did not answer is not called for a while, so that work of many calls waits for it once and not each
   * time.
   * @throws {TookTooLong} and whatever the store throws
   */
  async call<T>(task: () => T | Promise<T>): Promise<T> {
    if (performance.now() < this.#leftOutUntil) throw new TookTooLong(this.timeoutMs)
    try {
      return await bounded(task, this.timeoutMs)
    } catch (error) {
      if (error instanceof TookTooLong) this.#leftOutUntil = performance.now() + LEFT_OUT_MS
      throw error
    }
  }
}

const LEFT_OUT_MS = 10_000

/** How many milliseconds one call of a store may take, unless the options say otherwise. */
export const STORE_TIMEOUT_MS = 1500
