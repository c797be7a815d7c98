import { integer } from "../row.ts"
import type { Row } from "../row.ts"
import type { Search } from "./searches.ts"

export interface Merge<T> {
  /** Reads at most `batch` rows of a source after `id`, in the given order. */
  readonly read: (source: T, id: number, batch: number) => readonly Row[]
  readonly order: "ascending" | "descending"
  readonly from: number
  readonly limit: number
}

/** The first rows of several sources, ordered by id: it reads little more of each source than it takes. */
export function* mergeRows<T>(sources: readonly T[], { read, order, from, limit }: Merge<T>): Search<readonly Row[]> {
  const batch = Math.ceil(limit / Math.max(sources.length, 1))
  const sign = order === "ascending" ? 1 : -1
  const queues: RowQueue[] = []
  for (const source of sources) {
    if (queues.push(new RowQueue((id) => read(source, id, batch), from, sign)) % SOURCES_PER_TURN === 0) yield
  }
  const found: Row[] = []
  while (found.length < limit) {
    const first = queues.reduce<Pick<RowQueue, "place" | "take">>(
      (one, other) => (other.place < one.place ? other : one),
      NOTHING,
    )
    const row = first.take()
    if (row === undefined) break
    found.push(row)
  }
  return found
}

/** The rows of one source, a few at a time. */
class RowQueue {
  readonly #read: (id: number) => readonly Row[]
  readonly #sign: 1 | -1
  #rows: readonly Row[]
  #next = 0
  /** The place of its next row. A field, because the places of all queues are compared for each row that is taken. */
  place: number

  constructor(read: (id: number) => readonly Row[], from: number, sign: 1 | -1) {
    this.#read = read
    this.#sign = sign
    this.#rows = read(from)
    this.place = this.#placeOfNext()
  }

  take(): Row | undefined {
    const row = this.#rows[this.#next++]
    if (row !== undefined && this.#next === this.#rows.length) {
      this.#rows = this.#read(integer(row, "id"))
      this.#next = 0
    }
    this.place = this.#placeOfNext()
    return row
  }

  #placeOfNext(): number {
    const row = this.#rows[this.#next]
    return row === undefined ? Infinity : this.#sign * integer(row, "id")
  }
}

const NOTHING: Pick<RowQueue, "place" | "take"> = { place: Infinity, take: () => undefined }

/** A millisecond of reading. */
const SOURCES_PER_TURN = 50
