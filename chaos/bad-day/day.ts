import type { History, Trouble } from "../history.ts"
import type { DayNode } from "./day-node.ts"
import type { DayLoad } from "./load.ts"

/** What troubles meet, and what they are noted in. */
export class Day {
  readonly history: History
  readonly simulatorUrl: string
  readonly load: DayLoad
  readonly nodes: readonly DayNode[]
  readonly clocks = { areRight: true }
  /** What the troubles have begun that outlasts them. */
  readonly #leftBehind: Promise<void>[] = []

  constructor(parts: Pick<Day, "history" | "simulatorUrl" | "load" | "nodes">) {
    this.history = parts.history
    this.simulatorUrl = parts.simulatorUrl
    this.load = parts.load
    this.nodes = parts.nodes
  }

  /** Notes a trouble from its beginning to its end, with what it is in particular. */
  async during(trouble: Trouble, node: number | null, about: string, work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now()
    try {
      await work()
    } finally {
      const forMs = Math.round(performance.now() - startedAt)
      this.history.add({ kind: "trouble", trouble, node, about, forMs })
    }
  }

  /** Waited for at the end of the day. */
  leave(work: Promise<void>): void {
    work.catch(() => undefined)
    this.#leftBehind.push(work)
  }

  async settle(): Promise<void> {
    await Promise.all(this.#leftBehind)
  }
}
