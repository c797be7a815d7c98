import { KeyTable } from "../../model/compact/key-table.ts"
import { CHUNK_SIZE, chunkOf, slotOf } from "../../model/recipients.ts"
import type { RecipientPosition } from "../../model/recipients.ts"
import type { CallTarget } from "../../model/target.ts"

/** Whom open calls of a message carry: they go into no other. */
export class Carried {
  /** The first position of each person. What plans more calls adds to it. */
  readonly seen: Map<string, number> | KeyTable
  /** By chunk, 1 for each slot: a set of a million numbers would block for tens of milliseconds when it doubles. */
  readonly #slots = new Map<number, Uint8Array>()

  constructor(chunkCount: number) {
    this.seen = chunkCount > 1 ? new KeyTable() : new Map<string, number>()
  }

  add(targets: readonly CallTarget[]): void {
    for (const { key, positions } of targets) {
      for (const position of positions) {
        this.#slotsOf(chunkOf(position))[slotOf(position)] = 1
        if (!this.seen.has(key)) this.seen.set(key, position)
      }
    }
  }

  has(position: RecipientPosition): boolean {
    return this.#slots.get(chunkOf(position))?.[slotOf(position)] === 1
  }

  #slotsOf(chunk: number): Uint8Array {
    const known = this.#slots.get(chunk)
    if (known !== undefined) return known
    const slots = new Uint8Array(CHUNK_SIZE)
    this.#slots.set(chunk, slots)
    return slots
  }
}
