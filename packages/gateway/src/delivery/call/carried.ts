import { KeyTable } from "../../model/compact/key-table.ts"
import { PositionSet } from "../../model/compact/position-set.ts"
import type { RecipientPosition } from "../../model/recipients.ts"
import type { CallTarget } from "../../model/target.ts"

/** The targets that open calls of a message carry: they go into no other call. */
export class Carried {
  /** The first position of each person. The planner of further calls adds to it. */
  readonly seen: Map<string, number> | KeyTable
  readonly #positions = new PositionSet()

  constructor(chunkCount: number) {
    this.seen = chunkCount > 1 ? new KeyTable() : new Map<string, number>()
  }

  add(targets: readonly CallTarget[]): void {
    for (const { key, positions } of targets) {
      this.#positions.add(positions)
      const [first] = positions
      if (first !== undefined && !this.seen.has(key)) this.seen.set(key, first)
    }
  }

  has(position: RecipientPosition): boolean {
    return this.#positions.has(position)
  }
}
