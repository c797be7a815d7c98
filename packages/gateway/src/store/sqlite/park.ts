import { setImmediate as nextTurn } from "node:timers/promises"
import type { DatabaseSync } from "node:sqlite"
import type { OutboxStore, RecipientUpdate } from "../../ports/outbox.ts"
import { integer, text } from "./row.ts"

/**
 * After a restore nobody knows what went out since the backup. Every unfinished message that was due by now is parked:
 * its pending recipients become `in_doubt`, and stay so until somebody retries them. Messages scheduled for later
 * cannot have gone out and stay as they are.
 * @returns how many messages
 */
export async function parkUnfinished(db: DatabaseSync, outbox: OutboxStore, now: number): Promise<number> {
  const next = db.prepare(
    "select seq, id, chunk_count from messages where state = 'open' and send_at <= ? order by expires_at limit 1",
  )
  const openCalls = db.prepare("select number from calls where message = ? and final = 0")
  let parked = 0
  for (let row = next.get(now); row !== undefined; row = next.get(now)) {
    const abandonCalls = openCalls.all(integer(row, "seq")).map((call) => integer(call, "number"))
    const chunkCount = integer(row, "chunk_count")
    for (let from = 0; from < chunkCount; from += CHUNKS_AT_ONCE) {
      const updates = Array.from({ length: Math.min(CHUNKS_AT_ONCE, chunkCount - from) }, (_, n) => park(from + n))
      await outbox.update({ messageId: text(row, "id"), at: now, abandonCalls, updates })
      await nextTurn()
    }
    parked++
  }
  return parked
}

function park(chunk: number): RecipientUpdate {
  return { chunk, slots: "all", from: ["pending"], state: "in_doubt", detail: { reason: "restored_backup" } }
}

const CHUNKS_AT_ONCE = 20
