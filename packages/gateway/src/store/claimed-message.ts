import type { ClaimedMessage } from "../model/ports/outbox.ts"
import { toMessage } from "./message-row.ts"
import { integer } from "./row.ts"
import type { StoredMessage } from "./stored-message.ts"

/** @param stored whose row also has the number of the last call, as `call_count` */
export function toClaimed({ row, counts, chunk }: StoredMessage, claim: number): ClaimedMessage {
  const message = toMessage(row)
  return {
    messageId: message.id,
    claim,
    message,
    counts,
    chunkCount: integer(row, "chunk_count"),
    callCount: integer(row, "call_count"),
    chunk,
  }
}
