import type { RecipientChunk } from "../model/recipients.ts"
import { packChunk, unpackChunk } from "../model/pack-chunk.ts"

/** Chunks as `packChunk` makes them, one after another, as one piece of memory that is passed between threads. */
export interface ChunkBytes {
  readonly bytes: ArrayBuffer
  /** Where each chunk ends. */
  readonly ends: readonly number[]
}

/** Chunks that stay bytes until they are used: as strings, four million recipients take hundreds of megabytes. */
export class PackedChunks implements Iterable<RecipientChunk> {
  readonly packed: ChunkBytes

  constructor(packed: ChunkBytes) {
    this.packed = packed
  }

  *[Symbol.iterator](): Generator<RecipientChunk> {
    const { bytes, ends } = this.packed
    let start = 0
    for (const [index, end] of ends.entries()) {
      yield unpackChunk(index, Buffer.from(bytes, start, end - start).toString())
      start = end
    }
  }
}

export class ChunkPress {
  #bytes: ArrayBuffer
  readonly #ends: number[] = []

  /** @param expected the expected length in bytes; the memory grows if that is too little */
  constructor(expected: number) {
    this.#bytes = new ArrayBuffer(expected)
  }

  add(chunk: RecipientChunk): void {
    const text = packChunk(chunk)
    const start = this.#ends.at(-1) ?? 0
    const most = start + text.length * MOST_BYTES_A_UNIT
    if (most > this.#bytes.byteLength)
      this.#bytes = this.#bytes.transfer(Math.max(most, this.#bytes.byteLength * GROWTH))
    this.#ends.push(start + Buffer.from(this.#bytes).write(text, start))
  }

  take(): ChunkBytes {
    return { bytes: this.#bytes, ends: this.#ends }
  }
}

const MOST_BYTES_A_UNIT = 3
const GROWTH = 1.5
