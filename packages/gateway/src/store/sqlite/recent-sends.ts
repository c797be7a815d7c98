import type { DatabaseSync, StatementSync } from "node:sqlite"
import { LONGEST_ATTEMPT_MS } from "../../model/longest-attempt.ts"
import type { Page, RecentSend, SendsQuery } from "../../model/ports/reader.ts"
import { textOf } from "./large-texts.ts"
import { parseOwn, text } from "../row.ts"

type Key = readonly [startedAt: number, message: number, number: number]

/** `kind` is null where the party is unknown, `named` where the call cannot have arrived. */
type Sent = readonly [
  ...key: Key,
  kind: string | null,
  corpId: string,
  partyId: string,
  at: number,
  named: readonly (string | null)[] | null,
  callKind: string | null,
  body: string | null,
]

/**
 * A start may have to read hundreds of thousands before it sends. So SQLite extracts the recipients from the bodies,
 * whose contents do not matter here, and returns a page as one text: fetching a value takes longer than parsing it.
 */
export class RecentSends {
  readonly #page: StatementSync

  constructor(db: DatabaseSync) {
    // The statement has no condition on the result: SQLite would walk whole pages of refused calls in one step. A call
    // that a crash cut off may have arrived long after it began, and no answer shows when. The party is null for a call
    // from before parties were stored: it belonged to its app's present party.
    this.#page = db.prepare(`select json_group_array(json_array(started_at, message, number, kind, corp_id, party_id,
        coalesce(finished_at, started_at + ${LONGEST_ATTEMPT_MS}), case when sent and call_kind is null then ${NAMED} when sent then json_array() end,
        call_kind, case when sent and call_kind is not null then body end)) as page
      from (select started_at, calls.message, number, parties.kind, calls.kind as call_kind, corp_id, party_id, calls.finished_at,
          ${textOf("body", "calls.message", "number")} as body,
          result = 'accepted' or may_have_arrived or in_flight_by is not null as sent
        from calls indexed by calls_by_start left join parties on parties.id = coalesce(calls.agent, (select parties.id from apps
          join parties on parties.kind = apps.kind and parties.corp_id = apps.corp_id and party_id = cast(apps.agent_id as text)
          join messages on messages.app = apps.name where messages.seq = calls.message))
        where host is null and started_at >= ? and (started_at, calls.message, number) < (?, ?, ?)
        order by started_at desc, calls.message desc, number desc limit ?)`)
  }

  page({ from, before = Number.MAX_SAFE_INTEGER, limit, cursor }: SendsQuery): Page<RecentSend> {
    const after = cursor === undefined ? ([before, -1, -1] as const) : fromSendCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const rows = parseOwn<Sent[]>(text(this.#page.get(from, ...after, limit) ?? {}, "page"))
    const items: RecentSend[] = []
    for (const [, , , kind, corpId, partyId, at, named, callKind, body] of rows) {
      if (kind === null || named === null) continue
      const other = callKind === null || body === null ? {} : { other: { kind: callKind, body } }
      items.push({ party: { kind, corpId, partyId }, named: toNamed(named), at, ...other })
    }
    const last = rows.length < limit ? undefined : rows.at(-1)
    return { items, nextCursor: last?.slice(0, 3).join(".") }
  }
}

/** A body that was damaged on the disk names no known recipient. */
const NAMED = `case when json_valid(body) then json_extract(body, '$.touser', '$.toparty', '$.totag') else json_array() end`

function toNamed([touser, toparty, totag]: readonly (string | null)[]): RecentSend["named"] {
  return { touser: touser ?? undefined, toparty: toparty ?? undefined, totag: totag ?? undefined }
}

function fromSendCursor(cursor: string): Key | undefined {
  const [startedAt = NaN, message = NaN, number = NaN] = cursor.split(".").map(Number)
  return Number.isSafeInteger(startedAt + message + number) ? [startedAt, message, number] : undefined
}
