import { sql } from "kysely"
import type { Page, RecipientsQuery, RecipientView } from "../../model/ports/reader.ts"
import { stateBit } from "../../model/pack-chunk.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { toCallFacts, toRecipientView } from "../recipient-view.ts"
import type { CallFacts } from "../recipient-view.ts"
import { Repeats } from "../repeats.ts"
import { integer } from "../row.ts"
import type { Row } from "../row.ts"
import { pageOfChunks } from "./chunk-rows.ts"
import type { Database } from "./connection.ts"

interface Found {
  readonly chunk: number
  readonly slot: number
  readonly view: RecipientView
}

export async function pageOfRecipients(
  db: Database,
  { messageId, state, limit, cursor }: RecipientsQuery,
): Promise<Page<RecipientView>> {
  const after = cursor === undefined ? START : fromCursor(cursor)
  if (after === undefined) return { items: [], nextCursor: undefined }
  const repeats = await readRepeats(db, messageId)
  const mask = state === undefined ? undefined : stateBit(state)
  const found: Found[] = []
  for (let from = after[0]; found.length <= limit;) {
    const [chunk] = await pageOfChunks(db, { messageId, from, count: 1 }, mask)
    if (chunk === undefined) break
    const firstSlot = chunk.index === after[0] ? after[1] + 1 : 0
    const facts = await readFacts(db, messageId, new Set(chunk.calls.slice(firstSlot, firstSlot + limit * 2)))
    for (let slot = firstSlot; slot < chunk.states.length && found.length <= limit; slot++) {
      if (state !== undefined && chunk.states[slot] !== state) continue
      const call = chunk.calls[slot]
      if (typeof call === "number" && !facts.has(call)) await addFacts(db, messageId, call, facts)
      const view = toRecipientView(chunk, slot, (number) => facts.get(number))
      const repeat = repeats.find(chunk.index, slot)
      if (view !== undefined) found.push({ chunk: chunk.index, slot, view: { ...view, ...repeat } })
    }
    from = chunk.index + 1
  }
  const page = toPage(found, limit, (last) => toCursor(last.chunk, last.slot))
  return { items: page.items.map(({ view }) => view), nextCursor: page.nextCursor }
}

/** Recipients of calls that wait to be repeated unchanged. */
async function readRepeats(db: Database, messageId: string): Promise<Repeats> {
  const { rows } = await sql<Row>`select positions, retry_at, calls.result, calls.reason from wecom_push.calls
    join wecom_push.messages on messages.seq = calls.message
    where messages.id = ${messageId} and not final and retry_at is not null`.execute(db)
  return new Repeats(rows)
}

async function readFacts(
  db: Database,
  messageId: string,
  numbers: ReadonlySet<number | null>,
): Promise<Map<number, CallFacts>> {
  const wanted = [...numbers].filter((number) => number !== null)
  if (wanted.length === 0) return new Map()
  const { rows } = await sql<Row>`select number, msgid, errcode, calls.reason, calls.finished_at from wecom_push.calls
    where message = (select seq from wecom_push.messages where id = ${messageId})
      and number = any(${wanted}::integer[])`.execute(db)
  return new Map(rows.map((row) => [integer(row, "number"), toCallFacts(row)]))
}

/** Adds the facts of a call beyond those that a page is likely to need. */
async function addFacts(db: Database, messageId: string, call: number, facts: Map<number, CallFacts>): Promise<void> {
  for (const [number, more] of await readFacts(db, messageId, new Set([call]))) facts.set(number, more)
}

const START = [0, -1] as const
