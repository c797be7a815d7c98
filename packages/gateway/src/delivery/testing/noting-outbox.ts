import { applyUpdates } from "../../model/apply-updates.ts"
import { copyChunk, countStates } from "../../model/recipients.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
import type {
  BriefCall,
  CallDelay,
  CallStart,
  FrozenCall,
  MessageChange,
  MessageChanged,
  OutboxStore,
  Settlement,
  StartedCall,
} from "../../model/ports/outbox.ts"
import type { CallView, MessageReader } from "../../model/ports/reader.ts"

/** A store of one message. It applies and notes all calls for which no answer is set below. */
export class NotingOutbox implements OutboxStore {
  readonly chunksNow: RecipientChunk[]
  readonly begun: CallStart[] = []
  readonly settled: (readonly Settlement[])[] = []
  readonly updates: MessageChange[] = []
  /** Which chunks were asked for. */
  readonly reads: { readonly from: number; readonly pendingOnly: boolean }[] = []
  readonly delays: { readonly number: number; readonly attempt: number; readonly delay: CallDelay }[] = []
  /** The open calls of each message. */
  readonly open = new Map<string, readonly FrozenCall[]>()
  calls: readonly CallView[] = []
  /** How many pages of `calls` were read. */
  pagesRead = 0
  /** The answer to the next beginning of a call. */
  onBegin: (start: CallStart) => Promise<StartedCall | undefined> = async ({ messageId, number, frozen }) => {
    const earlier = this.open.get(messageId)?.find((call) => call.number === number)
    const { body = "{}", checkSeconds = 14_400 } = frozen ?? earlier ?? {}
    return { messageId, number, attempt: (earlier?.attempts ?? 0) + 1, body, checkSeconds }
  }
  /** The answer when an outcome is to be stored. */
  onSettle: (settlements: readonly Settlement[]) => Promise<readonly boolean[]> = (settlements) =>
    Promise.resolve(settlements.map(() => true))
  isGone = false
  readonly #messageId: string

  constructor(messageId: string, chunks: readonly RecipientChunk[]) {
    this.#messageId = messageId
    this.chunksNow = chunks.map(copyChunk)
  }

  counts(): ReturnType<typeof countStates> {
    return countStates(this.chunksNow)
  }

  async chunks({
    from,
    count,
    pendingOnly = false,
  }: Parameters<OutboxStore["chunks"]>[0]): Promise<readonly RecipientChunk[]> {
    this.reads.push({ from, pendingOnly })
    const there = this.chunksNow.filter(
      ({ index, states }) => index >= from && (!pendingOnly || states.includes("pending")),
    )
    return there.slice(0, count).map(copyChunk)
  }

  openCalls = async (messageId: string, number?: number): Promise<readonly FrozenCall[]> =>
    (this.open.get(messageId) ?? []).filter((call) => number === undefined || call.number === number)
  openCallsInBrief = async (messageId: string): Promise<readonly BriefCall[]> =>
    (this.open.get(messageId) ?? []).map(({ number, kind, firstTryAt, mayHaveArrived, retryAt, positions }) => ({
      number,
      kind,
      firstTryAt,
      mayHaveArrived,
      restsUntil: retryAt,
      recipients: positions.length,
    }))

  async begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]> {
    this.begun.push(...starts)
    const started = await Promise.all(starts.map((start) => this.onBegin(start)))
    return started.filter((one) => one !== undefined)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    this.settled.push(settlements)
    const kept = await this.onSettle(settlements)
    for (const { messageId, updates, finishedAt } of settlements) this.#apply(messageId, updates, finishedAt)
    return kept
  }

  async update(change: MessageChange): Promise<MessageChanged | undefined> {
    this.updates.push(change)
    if (this.isGone) return undefined
    const changed = this.#apply(change.messageId, change.updates, change.at)
    return { state: "queued", counts: this.counts(), changed, closedCalls: [] }
  }

  #apply(messageId: string, updates: MessageChange["updates"], at: number): number {
    if (messageId !== this.#messageId) return 0
    const chunks = new Map(this.chunksNow.map((chunk) => [chunk.index, chunk]))
    return applyUpdates(this.counts(), chunks, updates, { at }).changed
  }

  async delayCall({ number }: { number: number }, attempt: number, delay: CallDelay): Promise<void> {
    this.delays.push({ number, attempt, delay })
  }

  readonly reader: MessageReader = {
    message: () => Promise.resolve(undefined),
    messages: notAsked,
    recipients: notAsked,
    attempts: notAsked,
    calls: async ({ limit, cursor = "0" }) => {
      // For code that would never come to the end.
      if (++this.pagesRead > 10) throw new Error("too many pages are asked for")
      const items = this.calls.slice(Number(cursor), Number(cursor) + limit)
      const next = Number(cursor) + items.length
      return { items, nextCursor: next < this.calls.length ? String(next) : undefined }
    },
    unfinished: notAsked,
    unfinishedOf: notAsked,
    backlog: notAsked,
  }

  accept = notAsked
  endUnbegun = notAsked
  endExpired = notAsked
  earlier = notAsked
  unfinished = notAsked
  makeAppDue = notAsked
  makeDue = notAsked
  clockJumped = notAsked
}

function notAsked(): Promise<never> {
  return Promise.reject(new Error("this is not asked for here"))
}
