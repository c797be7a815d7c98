import type { DatabaseSync } from "node:sqlite"
import type { OutboxStore } from "../../model/ports/outbox.ts"
import { parkMessage } from "../park-message.ts"
import { integer, text } from "../row.ts"

/**
 * Parks every unfinished message that was due by now. Messages scheduled for later cannot have gone out and stay as
 * they are. An unscheduled one was due when it was accepted, by a clock that may have been fast.
 * @returns how many messages
 */
export async function parkUnfinished(db: DatabaseSync, outbox: OutboxStore, now: number): Promise<number> {
  const next = db.prepare(
    `select seq, id, chunk_count, expires_at from messages
     where state = 'open' and (send_at <= ? or send_at = accepted_at) and (expires_at, seq) > (?, ?) order by expires_at, seq limit ?`,
  )
  const openCalls = db.prepare("select number from calls where message = ? and final = 0")
  let parked = 0
  for (let place = [-1, -1]; ;) {
    const rows = next.all(now, ...place, PARKED_AT_ONCE)
    const last = rows.at(-1)
    if (last === undefined) return parked
    place = [integer(last, "expires_at"), integer(last, "seq")]
    const messages = rows.map((row) => ({
      id: text(row, "id"),
      chunkCount: integer(row, "chunk_count"),
      openCalls: openCalls.all(integer(row, "seq")).map((call) => integer(call, "number")),
    }))
    await Promise.all(messages.map((message) => parkMessage(outbox, message, now)))
    parked += rows.length
  }
}

/** They share commits. */
const PARKED_AT_ONCE = 200
