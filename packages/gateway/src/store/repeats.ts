import { unpackSlots } from "./pack-positions.ts"
import { toRepeat } from "./recipient-view.ts"
import type { Repeat } from "./recipient-view.ts"
import { text } from "./row.ts"
import type { Row } from "./row.ts"

/**
 * Recipients of calls that wait to be repeated unchanged. A message to a million has a thousand such calls, and a page
 * shows a few of their recipients: the part of a chunk is computed when it is asked for.
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
