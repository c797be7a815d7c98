import type { DatabaseSync, StatementSync } from "node:sqlite"
import { ATTEMPT_RESULTS } from "@wecom-push/protocol/delivery"
import type { AttemptResult } from "@wecom-push/protocol/delivery"
import type { AttemptView, CallView, Page, PageQuery } from "../../ports/reader.ts"
import { unpackPositions } from "../pack-positions.ts"
import { fromCursor, toCursor, toPage } from "../page-cursor.ts"
import { integer, optionalInteger, optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

type OfMessage = PageQuery & { readonly messageId: string }

export class CallReader {
  readonly #run: number
  readonly #attempts: StatementSync
  readonly #calls: StatementSync

  constructor(db: DatabaseSync, run: number) {
    this.#run = run
    const message = "(select seq from messages where id = ?1)"
    this.#attempts = db.prepare(`
      select call, number, started_at, finished_at, result, errcode, errmsg, null as flight
      from attempts where message = ${message} and (call, number) > (?2, ?3)
      union all
      select number, attempts, started_at, finished_at, result, errcode, errmsg, flight
      from calls where message = ${message} and (number, attempts) > (?2, ?3)
      order by 1, 2 limit ?4`)
    this.#calls = db.prepare(`
      select number, part, final, flight, may_have_arrived, positions, result, errcode, msgid, response_code,
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
      rows.map((row) => this.#toAttempt(row)),
      limit,
      (last) => toCursor(last.call, last.number),
    )
  }

  calls({ messageId, limit, cursor }: OfMessage): Page<CallView> {
    const after = cursor === undefined ? [0] : fromCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const rows = this.#calls.all(messageId, after[0] ?? 0, limit + 1)
    return toPage(
      rows.map((row) => this.#toCall(row)),
      limit,
      ({ number }) => toCursor(number, 0),
    )
  }

  #toAttempt(row: Row): AttemptView {
    return {
      call: integer(row, "call"),
      number: integer(row, "number"),
      startedAt: integer(row, "started_at"),
      finishedAt: optionalInteger(row, "finished_at"),
      result: this.#hasCrashed(row) ? "in_doubt" : toResult(optionalText(row, "result")),
      errcode: optionalInteger(row, "errcode"),
      errmsg: optionalText(row, "errmsg"),
    }
  }

  #toCall(row: Row): CallView {
    const hasCrashed = this.#hasCrashed(row)
    return {
      number: integer(row, "number"),
      part: integer(row, "part"),
      final: integer(row, "final") === 1,
      inFlight: row["flight"] !== null && !hasCrashed,
      mayHaveArrived: hasCrashed || integer(row, "may_have_arrived") === 1,
      positions: unpackPositions(text(row, "positions")),
      result: hasCrashed ? "in_doubt" : toResult(optionalText(row, "result")),
      errcode: optionalInteger(row, "errcode"),
      msgid: optionalText(row, "msgid"),
      responseCode: optionalText(row, "response_code"),
      finishedAt: optionalInteger(row, "finished_at"),
      recalledAt: optionalInteger(row, "recalled_at"),
      isShared: integer(row, "shared") === 1,
    }
  }

  #hasCrashed(row: Row): boolean {
    const flight = optionalInteger(row, "flight")
    return flight !== undefined && flight !== this.#run
  }
}

function toResult(word: string | undefined): AttemptResult | undefined {
  return ATTEMPT_RESULTS.find((result) => result === word)
}
