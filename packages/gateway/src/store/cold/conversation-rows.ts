import type { Conversation } from "../../model/ports/conversations.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import type { Page } from "../../model/ports/reader.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"

/** The number below which a page begins; 0, and so an empty page, for a text that is not our cursor. */
export function numberBelow(cursor: string | undefined): number {
  return cursor === undefined ? Number.MAX_SAFE_INTEGER : (fromCursor(cursor)?.[0] ?? 0)
}

export function pageOfConversations(rows: readonly Row[], limit: number): Page<Conversation> {
  const { items, nextCursor } = toPage(rows, limit, (row) => toCursor(integer(row, "seq"), 0))
  return { items: items.map(toConversation), nextCursor }
}

function toConversation(row: Row): Conversation {
  return {
    type: text(row, "type") === "chat" ? "chat" : "user",
    id: text(row, "id"),
    userid: text(row, "userid"),
    firstAt: integer(row, "first_at"),
    lastAt: integer(row, "last_at"),
  }
}
