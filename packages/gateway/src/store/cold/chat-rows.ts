import type { ChatRecord } from "../../model/ports/chats.ts"
import { toCursor, toPage } from "../../model/ports/page-cursor.ts"
import type { Page } from "../../model/ports/reader.ts"
import { flag, integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"

export function toChat(row: Row): ChatRecord {
  return {
    corpId: text(row, "corp_id"),
    agentId: integer(row, "agent_id"),
    chatid: text(row, "chatid"),
    name: optionalText(row, "name"),
    owner: optionalText(row, "owner"),
    members: parseOwn<string[]>(text(row, "members")),
    isMade: flag(row, "is_made"),
    fingerprint: optionalText(row, "fingerprint"),
    createdAt: integer(row, "created_at"),
    updatedAt: integer(row, "updated_at"),
  }
}

export function pageOfChats(rows: readonly Row[], limit: number): Page<ChatRecord> {
  const { items, nextCursor } = toPage(rows, limit, (row) => toCursor(integer(row, "seq"), 0))
  return { items: items.map(toChat), nextCursor }
}

/** @param written the times as stored; null where there are none */
export function changeTaken(
  written: string | null,
  { at, windowMs, most }: { readonly at: number; readonly windowMs: number; readonly most: number },
): { readonly times: string } | { readonly untilMs: number } {
  const times = (written === null ? [] : parseOwn<number[]>(written)).filter((time) => time > at - windowMs)
  const oldest = times[times.length - most]
  return oldest === undefined ? { times: JSON.stringify([...times, at]) } : { untilMs: oldest + windowMs }
}
