import { setImmediate as nextTurn } from "node:timers/promises"
import type { DatabaseSync } from "node:sqlite"
import type { OutboxStore, RecipientUpdate } from "../../ports/outbox.ts"
import { integer, text } from "../row.ts"

/**
 * After a restore nobody knows what went out since the backup. Every unfinished message that was due by now is parked:
 * its pending recipients become `in_doubt`, and stay so until somebody retries them. Messages scheduled for later
 * cannot have gone out and stay as they are.
 * @returns how many messages
 */
export async function parkUnfinished(db: DatabaseSync, outbox: OutboxStore, now: number): Promise<number> {
  const next = db.prepare(
    `select seq, id, chunk_count, expires_at from messages
     where state = 'open' and send_at <= ? and (expires_at, seq) > (?, ?) order by expires_at, seq limit 1`,
  )
  const openCalls = db.prepare("select number from calls where message = ? and final = 0")
  let parked = 0
  for (let place = [-1, -1]; ; parked++) {
    const row = next.get(now, ...place)
    if (row === undefined) return parked
    place = [integer(row, "expires_at"), integer(row, "seq")]
    const abandonCalls = openCalls.all(integer(row, "seq")).map((call) => integer(call, "number"))
    const chunkCount = integer(row, "chunk_count")
    for (let from = 0; from < chunkCount; from += CHUNKS_AT_ONCE) {
      const updates = Array.from({ length: Math.min(CHUNKS_AT_ONCE, chunkCount - from) }, (_, n) => park(from + n))
      await outbox.update({ messageId: text(row, "id"), at: now, abandonCalls, updates })
      await nextTurn()
    }
  }
}

function park(chunk: number): RecipientUpdate {
  return { chunk, slots: "all", from: ["pending"], state: "in_doubt", detail: { reason: "restored_backup" } }
}

const CHUNKS_AT_ONCE = 20
