import { sql } from "kysely"
import type { AttemptView, CallView, Page, PageQuery } from "../../model/ports/reader.ts"
import { toAttempt, toCall } from "../call-view.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { optionalInteger } from "../row.ts"
import type { Row } from "../row.ts"
import type { Database } from "./connection.ts"
import { IN_FLIGHT_BY } from "./call-row.ts"
import { findAlive } from "./nodes.ts"

type OfMessage = PageQuery & { readonly messageId: string }

export class CallReader {
  readonly #node: number

  constructor(node: number) {
    this.#node = node
  }

  async attempts(db: Database, { messageId, limit, cursor }: OfMessage): Promise<Page<AttemptView>> {
    const after = cursor === undefined ? ([0, 0] as const) : fromCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const [call, number] = after
    const message = sql`(select seq from wecom_push.messages where id = ${messageId})`
    const { rows } = await sql<Row>`
      select call, number, started_at, finished_at, result, errcode, errmsg, null::integer as in_flight_by
      from wecom_push.attempts where message = ${message} and (call, number) > (${call}, ${number})
      union all
      select number, attempts, started_at, finished_at, result, errcode, errmsg, ${sql.raw(IN_FLIGHT_BY)}
      from wecom_push.calls where message = ${message} and (number, attempts) > (${call}, ${number})
      order by 1, 2 limit ${limit + 1}`.execute(db)
    const crashed = await this.#crashed(db, rows)
    return toPage(
      rows.map((row) => toAttempt(row, crashed(row))),
      limit,
      (last) => toCursor(last.call, last.number),
    )
  }

  async calls(db: Database, { messageId, limit, cursor }: OfMessage): Promise<Page<CallView>> {
    const after = cursor === undefined ? ([0, 0] as const) : fromCursor(cursor)
    if (after === undefined) return { items: [], nextCursor: undefined }
    const { rows } =
      await sql<Row>`select number, kind, part, final, ${sql.raw(IN_FLIGHT_BY)}, may_have_arrived, positions, result, errcode,
        msgid, response_code, finished_at, recalled_at, host is not null or exists (
          select 1 from wecom_push.calls as share
          where share.host = calls.message and share.host_number = calls.number
        ) as shared
      from wecom_push.calls where message = (select seq from wecom_push.messages where id = ${messageId})
        and number > ${after[0]} order by number limit ${limit + 1}`.execute(db)
    const crashed = await this.#crashed(db, rows)
    return toPage(
      rows.map((row) => toCall(row, crashed(row))),
      limit,
      ({ number }) => toCursor(number, 0),
    )
  }

  async #crashed(db: Database, rows: readonly Row[]): Promise<(row: Row) => boolean> {
    const nodes = new Set(rows.flatMap((row) => optionalInteger(row, "in_flight_by") ?? []))
    nodes.delete(this.#node)
    const alive = await findAlive(db, [...nodes])
    return (row) => {
      const inFlightBy = optionalInteger(row, "in_flight_by")
      return inFlightBy !== undefined && inFlightBy !== this.#node && !alive.has(inFlightBy)
    }
  }
}
