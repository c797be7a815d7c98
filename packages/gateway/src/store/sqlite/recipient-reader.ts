import { setImmediate as nextTurn } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { DelayReason, RecipientState } from "@wecom-push/protocol/delivery"
import type { Page, RecipientsQuery, RecipientView } from "../../ports/reader.ts"
import { positionAt } from "../../domain/recipients.ts"
import type { RecipientChunk, RecipientPosition } from "../../domain/recipients.ts"
import { stateBit } from "../pack-chunk.ts"
import { unpackPositions } from "../pack-positions.ts"
import { fromCursor, toCursor, toPage } from "../page-cursor.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import { integer, optionalInteger, optionalText, text } from "./row.ts"

interface Found {
  readonly chunk: number
  readonly place: number
  readonly view: RecipientView
}

interface Repeat {
  readonly delayedUntil: number
  readonly reason: DelayReason
}

/** What a call tells about all recipients it carried. */
interface CallFacts {
  readonly msgid: string | undefined
  readonly errcode: number | undefined
  readonly reason: string | undefined
  readonly finishedAt: number | undefined
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
      `select positions, retry_at + ?1 - turned as retry_at, result from calls
       where message = ?2 and final = 0 and retry_at is not null`,
    )
  }

  async page({ messageId, state, limit, cursor }: RecipientsQuery): Promise<Page<RecipientView>> {
    const after = cursor === undefined ? START : fromCursor(cursor)
    const message = this.#seq.get(messageId)
    if (after === undefined || message === undefined) return { items: [], nextCursor: undefined }
    const seq = integer(message, "seq")
    const calls = new Map<number, CallFacts>()
    const repeats = this.#readRepeats(seq)
    const found: Found[] = []
    let [from, lastPlace] = after
    while (found.length <= limit) {
      const mask = state === undefined ? undefined : stateBit(state)
      const [chunk] = this.#chunks.page({ messageId, from, count: 1 }, mask)
      if (chunk === undefined) break
      const firstPlace = chunk.index === after[0] ? lastPlace + 1 : 0
      for (let place = firstPlace; place < chunk.states.length && found.length <= limit; place++) {
        if (state !== undefined && chunk.states[place] !== state) continue
        const view = toView(chunk, place, (number) => this.#factsOf(seq, number, calls))
        const repeat = repeats?.get(positionAt(chunk.index, place))
        if (view !== undefined) found.push({ chunk: chunk.index, place, view: { ...view, ...repeat } })
      }
      from = chunk.index + 1
      if (found.length <= limit) await nextTurn()
    }
    const page = toPage(found, limit, (last) => toCursor(last.chunk, last.place))
    return { items: page.items.map(({ view }) => view), nextCursor: page.nextCursor }
  }

  /** Who is in a call that waits to be tried again on its own; undefined when nobody is. */
  #readRepeats(seq: number): ReadonlyMap<RecipientPosition, Repeat> | undefined {
    const rows = this.#repeats.all(this.#jumps.totalMs, seq)
    if (rows.length === 0) return undefined
    const repeats = new Map<RecipientPosition, Repeat>()
    for (const row of rows) {
      const reason = optionalText(row, "result") === "refused" ? "wecom_busy" : "unreachable"
      const repeat = { delayedUntil: integer(row, "retry_at"), reason } as const
      for (const position of unpackPositions(text(row, "positions"))) repeats.set(position, repeat)
    }
    return repeats
  }

  #factsOf(seq: number, number: number, known: Map<number, CallFacts>): CallFacts | undefined {
    const facts = known.get(number) ?? this.#readFacts(seq, number)
    if (facts !== undefined) known.set(number, facts)
    return facts
  }

  #readFacts(seq: number, number: number): CallFacts | undefined {
    const row = this.#call.get(seq, number)
    if (row === undefined) return undefined
    return {
      msgid: optionalText(row, "msgid"),
      errcode: optionalInteger(row, "errcode"),
      reason: optionalText(row, "reason"),
      finishedAt: optionalInteger(row, "finished_at"),
    }
  }
}

const START = [0, -1] as const

/** States that tell why, so that what their call was told is shown with each of its recipients. */
const EXPLAINED: ReadonlySet<RecipientState> = new Set<RecipientState>([
  "invalid",
  "unlicensed",
  "failed",
  "in_doubt",
  "suppressed",
])

function toView(
  chunk: RecipientChunk,
  place: number,
  factsOf: (call: number) => CallFacts | undefined,
): RecipientView | undefined {
  const type = chunk.types[place]
  const address = chunk.addresses[place]
  const state = chunk.states[place]
  if (type === undefined || address === undefined || state === undefined) return undefined
  const detail = chunk.details[place]
  const call = chunk.calls[place] ?? undefined
  const facts = call === undefined ? undefined : factsOf(call)
  const isExplained = EXPLAINED.has(state)
  return {
    type,
    address,
    state,
    userid: chunk.userids[place] ?? undefined,
    msgid: facts?.msgid,
    errcode: detail?.errcode ?? (isExplained ? facts?.errcode : undefined),
    reason: detail?.reason ?? (isExplained ? facts?.reason : undefined),
    delayedUntil: detail?.delayedUntil,
    at: detail?.at ?? (state === "pending" ? undefined : facts?.finishedAt),
  }
}
