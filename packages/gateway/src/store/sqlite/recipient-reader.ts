import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { Page, RecipientsQuery, RecipientView } from "../../model/ports/reader.ts"
import { stateBit } from "../../model/pack-chunk.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { toCallFacts, toRecipientView } from "../recipient-view.ts"
import type { CallFacts } from "../recipient-view.ts"
import { Repeats } from "../repeats.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import { integer } from "../row.ts"

interface Found {
  readonly chunk: number
  readonly place: number
  readonly view: RecipientView
}

export class RecipientReader {
  readonly #chunks: ChunkRows
  readonly #jumps: ClockJumps
  readonly #seq: StatementSync
  readonly #call: StatementSync
  readonly #repeats: StatementSync

  constructor(db: DatabaseSync, chunks: ChunkRows, jumps: ClockJumps) {
    this.#chunks = chunks
    this.#jumps = jumps
    this.#seq = db.prepare("select seq from messages where id = ?")
    this.#call = db.prepare("select msgid, errcode, reason, finished_at from calls where message = ? and number = ?")
    this.#repeats = db.prepare(
      `select positions, retry_at + ?1 - clock_offset_ms as retry_at, result, reason from calls
       where message = ?2 and final = 0 and retry_at is not null`,
    )
  }

  async page({ messageId, state, limit, cursor }: RecipientsQuery): Promise<Page<RecipientView>> {
    const after = cursor === undefined ? START : fromCursor(cursor)
    const message = this.#seq.get(messageId)
    if (after === undefined || message === undefined) return { items: [], nextCursor: undefined }
    const seq = integer(message, "seq")
    const calls = new Map<number, CallFacts>()
    const repeats = new Repeats(this.#repeats.all(this.#jumps.totalMs, seq))
    const found: Found[] = []
    let [from, lastPlace] = after
    while (found.length <= limit) {
      const mask = state === undefined ? undefined : stateBit(state)
      const [chunk] = this.#chunks.page({ messageId, from, count: 1 }, mask)
      if (chunk === undefined) break
      const firstPlace = chunk.index === after[0] ? lastPlace + 1 : 0
      for (let place = firstPlace; place < chunk.states.length && found.length <= limit; place++) {
        if (state !== undefined && chunk.states[place] !== state) continue
        const view = toRecipientView(chunk, place, (number) => this.#factsOf(seq, number, calls))
        const repeat = repeats.find(chunk.index, place)
        if (view !== undefined) found.push({ chunk: chunk.index, place, view: { ...view, ...repeat } })
      }
      from = chunk.index + 1
      if (found.length <= limit) await immediate()
    }
    const page = toPage(found, limit, (last) => toCursor(last.chunk, last.place))
    return { items: page.items.map(({ view }) => view), nextCursor: page.nextCursor }
  }

  #factsOf(seq: number, number: number, known: Map<number, CallFacts>): CallFacts | undefined {
    const facts = known.get(number) ?? this.#readFacts(seq, number)
    if (facts !== undefined) known.set(number, facts)
    return facts
  }

  #readFacts(seq: number, number: number): CallFacts | undefined {
    const row = this.#call.get(seq, number)
    return row && toCallFacts(row)
  }
}

const START = [0, -1] as const
