import type { StateCounts } from "@wecom-push/protocol/delivery"
import type { RecipientChunk } from "../model/recipients.ts"
import { unpackChunk } from "../model/pack-chunk.ts"
import { unpackCounts } from "./pack-counts.ts"
import { optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

/** A message with the packed parts of its row. */
export interface StoredMessage {
  readonly row: Row
  readonly counts: StateCounts
  /** Undefined where the recipients have rows of their own. */
  readonly chunk: RecipientChunk | undefined
}

export function toStored(row: Row): StoredMessage {
  const chunk = optionalText(row, "chunk")
  return {
    row,
    counts: unpackCounts(text(row, "counts")),
    chunk: chunk === undefined ? undefined : unpackChunk(0, chunk),
  }
}
