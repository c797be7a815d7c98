import type { ListSpan } from "./cut-lists.ts"
import { PIECE_LENGTH } from "./cut-lists.ts"
import { breaksOff, byteAt, mayContainBadText, refuseBadText } from "./json-faults.ts"
import { parseJson } from "./read-json.ts"

export interface Piece {
  /** The index in the list of the first of these items, counted from 0. */
  readonly from: number
  readonly items: readonly unknown[]
}

/**
 * A list of an audience whose items are still bytes of the body. Parsed as a whole, four million mobiles would take 300 MB.
 */
export class LongList {
  readonly #body: Uint8Array
  readonly #span: ListSpan

  constructor(body: Uint8Array, span: ListSpan) {
    this.#body = body
    this.#span = span
  }

  get length(): number {
    return this.#span.length
  }

  /** @throws {Problem} `invalid_json`, `invalid_text` */
  *pieces(): Generator<Piece> {
    const { name, to, starts, length } = this.#span
    for (const [index, start] of starts.entries()) {
      const end = (starts[index + 1] ?? to + 1) - 1
      const from = index * PIECE_LENGTH
      const text = Buffer.from(this.#body.buffer, this.#body.byteOffset + start, end - start).toString()
      const items = this.#parse(text, start)
      // A comma too many between two pieces belongs to neither of them.
      if (items.length !== Math.min(PIECE_LENGTH, length - from)) throw breaksOff(this.#body, end)
      if (mayContainBadText(text))
        for (const [place, item] of items.entries()) refuseBadText(item, ["to", name, from + place])
      yield { from, items }
    }
  }

  #parse(text: string, start: number): readonly unknown[] {
    const items = parseJson(`[${text}]`, (place) => {
      const piece = this.#body.subarray(start, this.#span.to)
      return breaksOff(this.#body, start + byteAt(piece, Math.max(0, place - 1)))
    })
    return Array.isArray(items) ? items : []
  }
}
