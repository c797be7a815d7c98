import { unpackSlots } from "./pack-positions.ts"
import { toRepeat } from "./recipient-view.ts"
import type { Repeat } from "./recipient-view.ts"
import { text } from "./row.ts"
import type { Row } from "./row.ts"

/**
 * Who is in a call that waits to be tried again on its own. A message to a million has a thousand of them, and a page shows a
 * few of their recipients: what is told of a chunk is made when it is asked for.
 */
export class Repeats {
  readonly #rows: readonly Row[]
  #chunk: number | undefined
  #bySlot: ReadonlyMap<number, Repeat> = new Map()

  /** @param rows of calls */
  constructor(rows: readonly Row[]) {
    this.#rows = rows
  }

  find(chunk: number, slot: number): Repeat | undefined {
    if (this.#rows.length === 0) return undefined
    if (this.#chunk !== chunk) {
      this.#chunk = chunk
      this.#bySlot = this.#read(chunk)
    }
    return this.#bySlot.get(slot)
  }

  #read(chunk: number): ReadonlyMap<number, Repeat> {
    const bySlot = new Map<number, Repeat>()
    for (const row of this.#rows) {
      const slots = unpackSlots(text(row, "positions"), chunk)
      if (slots.length === 0) continue
      const repeat = toRepeat(row)
      for (const slot of slots) bySlot.set(slot, repeat)
    }
    return bySlot
  }
}
