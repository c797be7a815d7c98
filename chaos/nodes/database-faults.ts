import { StartFailed } from "../gateway/gateway-process.ts"
import type { Happening, History } from "../history.ts"

type Fault = (Happening & { kind: "database" })["fault"]

/** What was done to the database, or to the way to it. */
export class DatabaseFaults {
  readonly #history: History
  #begun = 0

  constructor(history: History) {
    this.#history = history
  }

  /** @param node that it concerns alone. @returns what is to be called at its end */
  begin(fault: Fault, node: number | null = null): () => void {
    this.#begun++
    const startedAt = performance.now()
    return () => {
      this.#begun++
      const forMs = Math.round(performance.now() - startedAt)
      this.#history.add({ kind: "database", fault, node, forMs })
    }
  }

  /**
   * A gateway that loses its database in the middle of its start may end, and its supervisor starts another.
   * @returns undefined when it has ended so
   */
  async mayEnd<T>(start: () => Promise<T>): Promise<T | undefined> {
    const before = this.#begun
    try {
      return await start()
    } catch (error) {
      if (error instanceof StartFailed && this.#begun > before) return undefined
      throw error
    }
  }
}
