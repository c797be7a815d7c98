import { StartFailed } from "../gateway/gateway-process.ts"
import type { Happening, History } from "../history.ts"

type Fault = (Happening & { kind: "database" })["fault"]

/** Notes the faults of the database, and of the connections to it. */
export class DatabaseFaults {
  readonly #history: History
  #begun = 0

  constructor(history: History) {
    this.#history = history
  }

  /** @param node the only node that it concerns. @returns a function to call when the fault ends */
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
   * A gateway that loses its database during its start may end; its supervisor then starts another.
   * @returns undefined when the gateway has ended for that reason
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
