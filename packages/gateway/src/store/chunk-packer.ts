import type { RecipientState } from "@wecom-push/protocol/delivery"
import { emptyCounts } from "../model/recipients.ts"
import type { RecipientChunk } from "../model/recipients.ts"
import { packChunk, stateMask } from "../model/pack-chunk.ts"

export interface PackedChunk {
  readonly place: number
  readonly mask: number
  readonly data: string
}

/** Packs chunks slice by slice, each slice short enough not to block the event loop. */
export class ChunkPacker {
  readonly counts: Record<RecipientState, number> = emptyCounts()
  readonly #chunks: Iterator<RecipientChunk>
  #next: IteratorResult<RecipientChunk>
  chunkCount = 0

  constructor(chunks: Iterable<RecipientChunk>) {
    this.#chunks = chunks[Symbol.iterator]()
    this.#next = this.#chunks.next()
  }

  get isAtEnd(): boolean {
    return this.#next.done === true
  }

  next(): PackedChunk[] {
    const slice: PackedChunk[] = []
    const until = performance.now() + PACK_SLICE_MS
    while (this.#next.done !== true) {
      const chunk = this.#next.value
      for (const state of chunk.states) this.counts[state]++
      slice.push({ place: this.chunkCount++, mask: stateMask(chunk.states), data: packChunk(chunk) })
      this.#next = this.#chunks.next()
      if (slice.length >= CHUNKS_PER_SLICE || performance.now() > until) break
    }
    return slice
  }
}

const PACK_SLICE_MS = 8
const CHUNKS_PER_SLICE = 32
