import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ChunkQuery } from "../../model/ports/outbox.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
import { packChunk, stateBit, stateMask, unpackChunk } from "../../model/pack-chunk.ts"
import { integer, optionalText, text } from "../row.ts"

/** The place of recipients: in the message's row when one chunk holds them all, else in rows of their own. */
export class ChunkRows {
  readonly #message: StatementSync
  readonly #inline: StatementSync
  readonly #row: StatementSync
  readonly #page: StatementSync
  readonly #updateRow: StatementSync

  constructor(db: DatabaseSync) {
    this.#message = db.prepare("select seq, chunk_count, counts, chunk from messages where id = ?")
    this.#inline = db.prepare("select chunk from messages where seq = ?")
    this.#row = db.prepare("select data from chunks where message = ? and place = ?")
    this.#page = db.prepare(
      "select place, data from chunks where message = ? and place >= ? and (mask & ?) <> 0 order by place limit ?",
    )
    this.#updateRow = db.prepare("update chunks set mask = ?, data = ? where message = ? and place = ?")
  }

  /** A page of them, in order, whose `states` the mask contains. */
  page(
    { messageId, from, count, pendingOnly }: ChunkQuery,
    mask = pendingOnly === true ? PENDING : ANY,
  ): RecipientChunk[] {
    const message = this.#message.get(messageId)
    if (message === undefined) return []
    const inline = optionalText(message, "chunk")
    if (inline === undefined) {
      return this.#page
        .all(integer(message, "seq"), from, mask, count)
        .map((row) => unpackChunk(integer(row, "place"), text(row, "data")))
    }
    const chunk = unpackChunk(0, inline)
    return from === 0 && count > 0 && (stateMask(chunk.states) & mask) !== 0 ? [chunk] : []
  }

  read(seq: number, indexes: Iterable<number>): Map<number, RecipientChunk> {
    const inline = this.#inline.get(seq)
    const only = inline === undefined ? undefined : optionalText(inline, "chunk")
    if (only !== undefined) return new Map([[0, unpackChunk(0, only)]])
    return this.readRows(seq, indexes)
  }

  readRows(seq: number, indexes: Iterable<number>): Map<number, RecipientChunk> {
    const chunks = new Map<number, RecipientChunk>()
    for (const index of indexes) {
      const row = this.#row.get(seq, index)
      if (row !== undefined) chunks.set(index, unpackChunk(index, text(row, "data")))
    }
    return chunks
  }

  writeRow(seq: number, chunk: RecipientChunk): void {
    this.#updateRow.run(stateMask(chunk.states), packChunk(chunk), seq, chunk.index)
  }
}

const PENDING = stateBit("pending")
const ANY = -1
