import { targetKey } from "@wecom-push/protocol/delivery"
import { WeComError } from "@wecom-push/sdk"
import type { Api, ApiAnswer, ApiRequest } from "@wecom-push/sdk/internals"
import { applyUpdates } from "../../domain/apply-updates.ts"
import { JumpAwareClock } from "../../domain/jump-aware-clock.ts"
import type { Message } from "../../domain/message.ts"
import { copyChunk, countStates } from "../../domain/recipients.ts"
import type { RecipientChunk } from "../../domain/recipients.ts"
import { Semaphore } from "../../domain/semaphore.ts"
import type { CallTarget } from "../../domain/target.ts"
import type {
  CallDelay,
  CallStart,
  ClaimedMessage,
  FrozenCall,
  MessageChange,
  MessageChanged,
  OutboxStore,
  Settlement,
  StartedCall,
} from "../../ports/outbox.ts"
import type { CallView, MessageReader } from "../../ports/reader.ts"
import { NOON, aRequest } from "../../store/testing/build.ts"
import type { AcceptanceChanges } from "../../store/testing/build.ts"
import type { AppRuntime } from "../app-runtime.ts"
import { CrashIsolation } from "../crash-isolation.ts"
import { LookupWaiters } from "../lookup-waiters.ts"
import type { Uploading, Uploads } from "../media/uploads.ts"
import type { Finding, People, Wanted } from "../people/people.ts"
import { RunContext } from "../run-context.ts"
import type { RunDeps } from "../run-context.ts"
import { NotingGovernor } from "./noting-governor.ts"

/** A clock that stands still until it is put forward or set. */
export class SetClock {
  nowMs = NOON
  /** How long whoever has slept wanted to. */
  readonly sleeps: number[] = []
  #setMs = 0
  readonly #sleepers = new Set<{ readonly until: number; wake(): void }>()

  now = (): number => this.nowMs + this.#setMs
  monotonic = (): number => this.nowMs

  /** How many are asleep. */
  get sleepers(): number {
    return this.#sleepers.size
  }

  advance(ms: number): void {
    this.nowMs += ms
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.nowMs) sleeper.wake()
  }

  /** The wall clock is set, and no time passes. */
  jump(ms: number): void {
    this.#setMs += ms
  }

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    this.sleeps.push(ms)
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { until: this.nowMs + ms, wake: resolve }
    if (ms <= 0) resolve()
    this.#sleepers.add(sleeper)
    signal?.addEventListener("abort", () => resolve())
    await promise
    this.#sleepers.delete(sleeper)
    signal?.throwIfAborted()
  }
}

/** What WeCom answers, or throws: for each request in turn; the last for all that follow. */
export type Answer = Partial<ApiAnswer> | Error | ((request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer)

const OK: ApiAnswer = { errcode: 0, errmsg: "ok", msgid: "wecom-msgid" }

/** An answer that was lost. */
export function lost(): WeComError {
  return failure({ code: "in_doubt", failure: "reset", mayHaveArrived: true })
}

export function failure(details: Partial<ConstructorParameters<typeof WeComError>[0]>): WeComError {
  return new WeComError({
    code: "unreachable",
    message: "WeCom cannot be reached",
    hint: "",
    language: "en",
    ...details,
  })
}

export interface OneMessageOptions extends AcceptanceChanges {
  readonly random?: () => number
  readonly callCount?: number
  /** As the store tells when it is claimed; all that is in it unless given. */
  readonly pending?: number
}

/**
 * One message at work: WeCom answers as it is told; the store, in memory, the governor and whoever knows people note what
 * they are asked for.
 */
export class OneMessage {
  readonly machine = new SetClock()
  readonly clock = new JumpAwareClock(this.machine)
  readonly stopping = new AbortController()
  readonly governor = new NotingGovernor()
  readonly outbox: NotingOutbox
  readonly message: Message
  readonly requests: ApiRequest[] = []
  answers: Answer[] = []
  /** What is remembered of numbers and addresses, and what WeCom would say. */
  readonly remembered = new Map<string, string>()
  readonly known = new Map<string, Finding>()
  ask: (wanted: readonly Wanted[], signal: AbortSignal | undefined) => Promise<readonly Finding[]> = (wanted) =>
    Promise.resolve(wanted.map(({ address }) => found(`of ${address}`)))
  readonly log: { readonly level: string; readonly fields: object; readonly sentence: string }[] = []
  readonly finished: [app: string, state: string, count: number][] = []
  readonly throttled: [app: string, reason: string, count: number | undefined][] = []
  /** Of files that are to be with WeCom. */
  upload: (id: string) => Promise<Uploading> = (id) => Promise.resolve({ kind: "uploaded", mediaId: `at-wecom-${id}` })
  canReplace = true
  /** How often the store was waited for to follow the clock. */
  follows = 0
  /** The place at work: taken and released. */
  readonly slots: string[] = []
  readonly deps: RunDeps
  readonly runtime: AppRuntime
  readonly claimed: ClaimedMessage
  readonly run: RunContext

  constructor({ random = () => 1, callCount = 0, pending, ...changes }: OneMessageOptions = {}) {
    const { message, chunks } = aRequest({ acceptedAt: NOON, ...changes })
    this.message = message
    this.outbox = new NotingOutbox(message.id, [...chunks])
    const counts = this.outbox.counts()
    const [chunk, ...others] = this.outbox.chunksNow
    this.claimed = {
      messageId: message.id,
      claim: 7,
      message,
      counts: { ...counts, pending: pending ?? counts.pending },
      chunkCount: this.outbox.chunksNow.length,
      callCount,
      chunk: others.length === 0 && chunk !== undefined ? copyChunk(chunk) : undefined,
    }
    const note = (level: string) => (fields: object, sentence: string) =>
      void this.log.push({ level, fields, sentence })
    this.deps = {
      outbox: this.outbox,
      reader: this.outbox.reader,
      clock: this.clock,
      hasFollowed: () => {
        this.follows++
        return undefined
      },
      random,
      crashIsolation: new CrashIsolation(),
      lookupWaiters: new LookupWaiters({ wake: () => undefined, most: 16 }),
      largeSettles: new Semaphore(),
      unsettled: new Set(),
      uploads: {
        provide: (_runtime: AppRuntime, id: string) => this.upload(id),
        replace: () => Promise.resolve(this.canReplace),
      } as unknown as Uploads,
      log: { info: note("info"), warn: note("warn"), error: note("error") },
      metrics: {
        recipientsFinished: (app, state, count) => void this.finished.push([app, state, count]),
        throttled: (app, reason, count) => void this.throttled.push([app, reason, count]),
        mediumUploaded: () => undefined,
      },
      stopping: this.stopping.signal,
    }
    this.runtime = {
      app: {
        name: "alerts",
        corpId: "ww0000000000000001",
        agentId: 1_000_002,
        createdAt: NOON,
        updatedAt: NOON,
        settings: {},
        pause: undefined,
        version: 1,
      },
      api: this.#api(),
      governor: this.governor,
      people: this.#people(),
    }
    this.run = this.newRun()
  }

  /** Another turn at the message. */
  newRun(): RunContext {
    return new RunContext(this.deps, this.runtime, this.claimed, this.slot)
  }

  readonly slot = { take: () => void this.slots.push("take"), release: () => void this.slots.push("release") }

  #api(): Api {
    return {
      clock: this.clock.steady,
      call: async (request) => {
        this.requests.push(request)
        const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0]
        if (answer instanceof Error) throw answer
        return typeof answer === "function" ? answer(request) : { ...OK, ...answer }
      },
      download: () => Promise.reject(new Error("nothing is downloaded here")),
    }
  }

  #people(): People {
    const people: Pick<People, "recall" | "known" | "ask"> = {
      recall: async (_types, addresses) => addresses.map((address) => this.remembered.get(address)),
      known: async (wanted) => wanted.map(({ address }) => this.known.get(address)),
      ask: (wanted, signal) => this.ask(wanted, signal),
    }
    return people as People
  }
}

export function found(userid: string): Finding {
  return { kind: "found", userid, isRemembered: false }
}

/** A store of one message. What it is asked for otherwise than is said here it applies, and notes. */
export class NotingOutbox implements OutboxStore {
  readonly chunksNow: RecipientChunk[]
  readonly begun: CallStart[] = []
  readonly settled: (readonly Settlement[])[] = []
  readonly updates: MessageChange[] = []
  /** Which chunks were asked for. */
  readonly reads: { readonly from: number; readonly pendingOnly: boolean }[] = []
  readonly delays: { readonly number: number; readonly attempt: number; readonly delay: CallDelay }[] = []
  /** By message. */
  readonly open = new Map<string, readonly FrozenCall[]>()
  calls: readonly CallView[] = []
  /** Of those. */
  pagesRead = 0
  /** What is answered to the next beginning of a call. */
  onBegin: (start: CallStart) => Promise<StartedCall | undefined> = async ({ messageId, number, frozen }) => {
    const earlier = this.open.get(messageId)?.find((call) => call.number === number)
    const { body = "{}", checkSeconds = 14_400 } = frozen ?? earlier ?? {}
    return { messageId, number, attempt: (earlier?.attempts ?? 0) + 1, body, checkSeconds }
  }
  /** What is answered when an outcome is to be stored. */
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

  openCalls = async (messageId: string): Promise<readonly FrozenCall[]> => this.open.get(messageId) ?? []

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
      // Whoever never comes to the end.
      if (++this.pagesRead > 10) throw new Error("too many pages are asked for")
      const items = this.calls.slice(Number(cursor), Number(cursor) + limit)
      const next = Number(cursor) + items.length
      return { items, nextCursor: next < this.calls.length ? String(next) : undefined }
    },
    backlog: notAsked,
    sends: notAsked,
  }

  accept = notAsked
  earlier = notAsked
  unfinished = notAsked
  hurry = notAsked
  makeDue = notAsked
  clockJumped = notAsked
}

function notAsked(): Promise<never> {
  return Promise.reject(new Error("this is not asked for here"))
}

export function aTarget(id: string, ...positions: readonly number[]): CallTarget {
  return { kind: "user", id, key: targetKey("user", id), positions, remembered: positions.map(() => false) }
}

/** A call that waits for its next attempt. */
export function aFrozenCall(changes: Partial<FrozenCall> = {}): FrozenCall {
  return {
    messageId: "msg_1",
    number: 1,
    part: 0,
    body: JSON.stringify({ touser: "zhangsan", agentid: 1_000_002 }),
    checkSeconds: 14_400,
    positions: [0],
    firstTryAt: NOON,
    attempts: 1,
    spentAttempts: 0,
    crashes: 0,
    phase: "waiting",
    mayHaveArrived: false,
    retryAt: undefined,
    lastErrcode: undefined,
    ...changes,
  }
}

/** A call that WeCom has accepted, as it is told. */
export function aCallView(changes: Partial<CallView> = {}): CallView {
  return {
    number: 1,
    part: 0,
    final: true,
    inFlight: false,
    mayHaveArrived: false,
    positions: [],
    result: "accepted",
    errcode: 0,
    msgid: "wecom-msgid",
    responseCode: undefined,
    finishedAt: NOON,
    recalledAt: undefined,
    isShared: false,
    ...changes,
  }
}
