import { PRIORITIES } from "../model/message.ts"
import type { Message, Otherwise, Priority } from "../model/message.ts"
import type { MessageDetail } from "../model/ports/reader.ts"
import { unpackParts } from "./pack-parts.ts"
import { flag, integer, optionalInteger, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

/** The app that `else` names, for a reader. */
export function otherOf(row: Row): Pick<MessageDetail, "otherwise"> {
  const packed = optionalText(row, "otherwise")
  if (packed === undefined) return {}
  const { app, parts } = parseOwn<Otherwise>(packed)
  return { otherwise: { app, partCount: parts.length } }
}

export function toMessage(row: Row): Message {
  const orderKey = optionalText(row, "order_key")
  const checkSeconds = optionalInteger(row, "check_seconds")
  const clockSetMs = optionalInteger(row, "clock_set")
  const trace = optionalText(row, "trace")
  const otherwise = optionalText(row, "otherwise")
  return {
    id: text(row, "id"),
    app: text(row, "app"),
    keyId: text(row, "key_id"),
    msgtype: text(row, "msgtype"),
    parts: unpackParts(text(row, "parts")),
    priority: toPriority(row),
    ...(orderKey !== undefined && { orderKey }),
    acceptedAt: integer(row, "accepted_at"),
    sendAt: integer(row, "send_at"),
    expiresAt: integer(row, "expires_at"),
    ...(clockSetMs !== undefined && { clockSetMs }),
    ...(flag(row, "expiry_moves") && { expiryMoves: true as const }),
    duplicateCheck: checkSeconds === undefined ? { by: "gateway" } : { by: "caller", intervalSeconds: checkSeconds },
    recipientCount: integer(row, "recipients"),
    ...(trace !== undefined && { trace }),
    ...(otherwise !== undefined && { otherwise: parseOwn<Otherwise>(otherwise) }),
  }
}

export function toPriority(row: Row): Priority {
  const priority = PRIORITIES[integer(row, "priority")]
  if (priority === undefined) throw new TypeError("unknown priority")
  return priority
}
