import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AttemptView, CallView, Page, PageQuery } from "../../model/ports/reader.ts"
import { toAttempt, toCall } from "../call-view.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { optionalInteger } from "../row.ts"
import type { Row } from "../row.ts"

type OfMessage = PageQuery & { readonly messageId: string }

export class CallReader {
  readonly #run: number
  readonly #attempts: StatementSync
  readonly #calls: StatementSync

  constructor(db: DatabaseSync, run: number) {
    this.#run = run
    const message = "(select seq from messages where id = ?1)"
    this.#attempts = db.prepare(`
      select call, number, started_at, finished_at, result, errcode, errmsg, null as in_flight_by
      from attempts where message = ${message} and (call, number) > (?2, ?3)
      union all
      select number, attempts, started_at, finished_at, result, errcode, errmsg, in_flight_by
      from calls where message = ${message} and (number, attempts) > (?2, ?3)
      order by 1, 2 limit ?4`)
    this.#calls = db.prepare(`
      select number, kind, part, final, in_flight_by, may_have_arrived, positions, result, errcode, msgid, response_code,
        finished_at, recalled_at, host is not null or exists (
          select 1 from calls as share where share.host = calls.message and share.host_number = calls.number
        ) as shared
      from calls where message = ${message} and number > ?2 order by number limit ?3`)
  }

  attempts({ messageId, limit, cursor }: OfMessage): Page<AttemptView> {
    const after = cursor === undefined ? [0, 0] : fromCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const [call = 0, number = 0] = after
    const rows = this.#attempts.all(messageId, call, number, limit + 1)
    return toPage(
      rows.map((row) => toAttempt(row, this.#hasCrashed(row))),
      limit,
      (last) => toCursor(last.call, last.number),
    )
  }

  calls({ messageId, limit, cursor }: OfMessage): Page<CallView> {
    const after = cursor === undefined ? [0] : fromCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const rows = this.#calls.all(messageId, after[0] ?? 0, limit + 1)
    return toPage(
      rows.map((row) => toCall(row, this.#hasCrashed(row))),
      limit,
      ({ number }) => toCursor(number, 0),
    )
  }

  #hasCrashed(row: Row): boolean {
    const inFlightBy = optionalInteger(row, "in_flight_by")
    return inFlightBy !== undefined && inFlightBy !== this.#run
  }
}
