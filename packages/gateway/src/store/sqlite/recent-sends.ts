import type { DatabaseSync, StatementSync } from "node:sqlite"
import { LONGEST_ATTEMPT_MS } from "../../domain/longest-attempt.ts"
import type { Page, RecentSend, SendsQuery } from "../../ports/reader.ts"
import { toPage } from "../../ports/page-cursor.ts"
import type { LargeTexts } from "./large-texts.ts"
import { integer, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"

type Key = readonly [startedAt: number, message: number, number: number]

export class RecentSends {
  readonly #page: StatementSync
  readonly #largeTexts: LargeTexts

  constructor(db: DatabaseSync, largeTexts: LargeTexts) {
    this.#largeTexts = largeTexts
    // Without a condition on what came of them: whole pages of those that were refused would be walked in one go.
    // What a crash cut off may have arrived long after it began, and no answer tells when.
    // Null for a call from before agents were kept: it was of its app's present one.
    this.#page = db.prepare(`select started_at, calls.message, number, body, corp_id, agent_id,
        coalesce(calls.finished_at, started_at + ${LONGEST_ATTEMPT_MS}) as sent_at,
        result = 'accepted' or may_have_arrived or flight is not null as sent
      from calls indexed by calls_by_start left join agents on agents.id = coalesce(calls.agent, (select agents.id from agents
        join apps using (corp_id, agent_id) join messages on messages.app = apps.name where messages.seq = calls.message))
      where host is null and started_at >= ? and (started_at, calls.message, number) < (?, ?, ?)
      order by started_at desc, calls.message desc, number desc limit ?`)
  }

  page({ from, before = Number.MAX_SAFE_INTEGER, limit, cursor }: SendsQuery): Page<RecentSend> {
    const after = cursor === undefined ? ([before, -1, -1] as const) : fromSendCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const { items, nextCursor } = toPage(this.#page.all(from, ...after, limit + 1), limit, toSendCursor)
    return { items: items.flatMap((row) => this.#toSend(row)), nextCursor }
  }

  /** Nobody's, where nothing tells of which agent it was. */
  #toSend(row: Row): RecentSend[] {
    const corpId = optionalText(row, "corp_id")
    if (corpId === undefined || row["sent"] !== 1) return []
    const agent = { corpId, agentId: integer(row, "agent_id") }
    const body = this.#largeTexts.callBody(integer(row, "message"), integer(row, "number"), text(row, "body"))
    return [{ agent, body, at: integer(row, "sent_at") }]
  }
}

function toSendCursor(row: Row): string {
  return ["started_at", "message", "number"].map((column) => integer(row, column)).join(".")
}

function fromSendCursor(cursor: string): Key | undefined {
  const [startedAt = NaN, message = NaN, number = NaN] = cursor.split(".").map(Number)
  return Number.isSafeInteger(startedAt + message + number) ? [startedAt, message, number] : undefined
}
