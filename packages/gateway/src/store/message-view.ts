import { messageState } from "@wecom-push/protocol/delivery"
import type { MessageSummary } from "../model/ports/reader.ts"
import { toPriority } from "./message-row.ts"
import { unpackCounts } from "./pack-counts.ts"
import { flag, integer, optionalInteger, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

export function toSummary(row: Row, now: number): MessageSummary {
  const counts = unpackCounts(text(row, "counts"))
  const callCount = integer(row, "call_count")
  const sendAt = integer(row, "send_at")
  const problem = optionalText(row, "problem")
  const clockSetMs = optionalInteger(row, "clock_set")
  return {
    id: text(row, "id"),
    app: text(row, "app"),
    keyId: text(row, "key_id"),
    state: messageState({ counts, started: callCount > 0, sendAt }, now),
    msgtype: text(row, "msgtype"),
    priority: toPriority(row),
    orderKey: optionalText(row, "order_key"),
    isBehind: flag(row, "behind") && counts.pending > 0,
    acceptedAt: integer(row, "accepted_at"),
    sendAt,
    expiresAt: integer(row, "expires_at"),
    ...(clockSetMs !== undefined && { clockSetMs }),
    ...(flag(row, "expiry_moves") && { expiryMoves: true as const }),
    finishedAt: optionalInteger(row, "finished_at"),
    recipientCount: integer(row, "recipients"),
    counts,
    callCount,
    problem: problem === undefined ? undefined : parseOwn(problem),
  }
}
