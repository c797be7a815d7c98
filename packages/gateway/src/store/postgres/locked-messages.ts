import { sql } from "kysely"
import type { StoredMessage } from "../stored-message.ts"
import { toStored } from "../stored-message.ts"
import type { Row } from "../row.ts"
import { integer, text } from "../row.ts"
import type { Tx } from "./transactions.ts"

export interface LockedMessage extends StoredMessage {
  readonly id: string
  readonly seq: number
  readonly version: number
}

/** By id. No other transaction changes them until the end of this one; all lock them in one order. */
export async function lockMessages(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, LockedMessage>> {
  const { rows } =
    await sql<Row>`select seq, id, app, priority, key_id, state, version, send_at, finished_at, counts, order_key,
      chunk
    from wecom_push.messages where id = any(${[...new Set(ids)]}::text[]) order by seq for update`.execute(tx)
  return new Map(
    rows.map((row) => {
      const id = text(row, "id")
      return [id, { ...toStored(row), id, seq: integer(row, "seq"), version: integer(row, "version") }]
    }),
  )
}
