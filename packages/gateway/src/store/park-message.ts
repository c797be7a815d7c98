import { setImmediate as immediate } from "node:timers/promises"
import type { OutboxStore, RecipientUpdate } from "../model/ports/outbox.ts"

export interface Unfinished {
  readonly id: string
  readonly chunkCount: number
  /** The numbers of the calls that are not final. */
  readonly openCalls: readonly number[]
}

/**
 * After a restore it is unknown what was sent since the backup. The pending recipients of a message become `in_doubt`,
 * and stay so until a client retries them.
 */
export async function parkMessage(outbox: OutboxStore, message: Unfinished, at: number): Promise<void> {
  const { id: messageId, chunkCount, openCalls: abandonCalls } = message
  for (let from = 0; from < chunkCount; from += CHUNKS_AT_ONCE) {
    const updates = Array.from({ length: Math.min(CHUNKS_AT_ONCE, chunkCount - from) }, (_, n) => park(from + n))
    await outbox.update({ messageId, at, abandonCalls, updates })
    await immediate()
  }
}

function park(chunk: number): RecipientUpdate {
  return { chunk, slots: "all", from: ["pending"], state: "in_doubt", detail: { reason: "restored_backup" } }
}

const CHUNKS_AT_ONCE = 20
