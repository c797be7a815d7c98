import { sql } from "kysely"
import type { ChunkQuery } from "../../model/ports/outbox.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
import { packChunk, stateBit, stateMask, unpackChunk } from "../../model/pack-chunk.ts"
import type { Database } from "./connection.ts"
import type { Tx } from "./transactions.ts"

/** A page of a message's chunks, in order, with at least one recipient in a state of the mask. */
export async function pageOfChunks(
  db: Database,
  { messageId, from, count, pendingOnly }: ChunkQuery,
  mask = pendingOnly === true ? PENDING : ANY,
): Promise<RecipientChunk[]> {
  const { rows: messages } = await sql<{ seq: number; chunk: string | null }>`
    select seq, chunk from wecom_push.messages where id = ${messageId}`.execute(db)
  const [message] = messages
  if (message === undefined) return []
  if (message.chunk === null) {
    const { rows } = await sql<ChunkRow>`select message, place, data from wecom_push.chunks
      where message = ${message.seq} and place >= ${from} and (mask & ${mask}) <> 0
      order by place limit ${count}`.execute(db)
    return rows.map(({ place, data }) => unpackChunk(place, data))
  }
  const chunk = unpackChunk(0, message.chunk)
  return from === 0 && count > 0 && (stateMask(chunk.states) & mask) !== 0 ? [chunk] : []
}

/** The place of a chunk that has a row of its own. */
export interface ChunkPlace {
  readonly message: number
  readonly place: number
}

/** The chunks, by message and place. */
export async function readChunks(
  tx: Tx,
  places: readonly ChunkPlace[],
): Promise<ReadonlyMap<number, Map<number, RecipientChunk>>> {
  const chunks = new Map<number, Map<number, RecipientChunk>>()
  if (places.length === 0) return chunks
  const { rows } = await sql<ChunkRow>`select chunks.message, chunks.place, data
    from json_to_recordset(${JSON.stringify(places)}::json) as wanted(message bigint, place integer)
    join wecom_push.chunks on chunks.message = wanted.message and chunks.place = wanted.place`.execute(tx)
  for (const { message, place, data } of rows) {
    const ofMessage = chunks.get(message) ?? new Map<number, RecipientChunk>()
    chunks.set(message, ofMessage.set(place, unpackChunk(place, data)))
  }
  return chunks
}

export async function writeChunks(
  tx: Tx,
  written: readonly { readonly message: number; readonly chunk: RecipientChunk }[],
): Promise<void> {
  if (written.length === 0) return
  const rows = written.map(({ message, chunk }) => ({
    message,
    place: chunk.index,
    mask: stateMask(chunk.states),
    data: packChunk(chunk),
  }))
  await sql`update wecom_push.chunks set mask = changed.mask, data = changed.data
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as changed(message bigint, place integer, mask integer, data text)
    where chunks.message = changed.message and chunks.place = changed.place`.execute(tx)
}

interface ChunkRow extends ChunkPlace {
  readonly data: string
}

const PENDING = stateBit("pending")
const ANY = -1
