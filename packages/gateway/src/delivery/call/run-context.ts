import type { Message, Otherwise } from "../../model/message.ts"
import type { RecipientDetail } from "../../model/recipients.ts"
import type { ClaimedMessage, MessageChange, MessageChanged, OutboxStore } from "../../model/ports/outbox.ts"
import type { MessageReader } from "../../model/ports/reader.ts"
import type { CrashIsolation } from "../queue/crash-isolation.ts"
import type { LookupWaiters } from "../queue/lookup-waiters.ts"
import type { HeapLimit } from "../../model/ports/heap-limit.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { Span, SpanFacts, SpanName, Tracing } from "../../model/ports/tracing.ts"
import { traceField } from "../../model/trace.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import type { Permit } from "../../model/ports/governor.ts"
import type { WorkPlace } from "../../model/ports/work.ts"
import { NextWake } from "../queue/next-wake.ts"
import { MessageMedia, namesMedia } from "./message-media.ts"
import type { Uploads } from "../../channels/app-message/uploads.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import type { Semaphore } from "../../model/semaphore.ts"

/** The parts that all messages at work share. */
export interface RunDeps {
  readonly outbox: OutboxStore
  readonly reader: MessageReader
  readonly clock: JumpAwareClock
  /** Resolves once the store has followed the wall clock, if the clock has just been set. */
  hasFollowed(): Promise<void> | undefined
  readonly random: () => number
  readonly crashIsolation: CrashIsolation
  readonly lookupWaiters: LookupWaiters
  /** One at a time. */
  readonly largeSettles: Semaphore
  /** Freezing and storing a body of megabytes: one at a time. */
  readonly largeTexts: Semaphore
  /** Calls whose bytes may be on their way, or were sent but could not be settled: `message/number`. */
  readonly unsettled: Set<string>
  readonly uploads: Uploads
  /** Limits V8's heap while messages to many are at work. */
  readonly heapLimit: HeapLimit
  readonly log: OperatorLog
  readonly metrics: DeliveryMetrics
  readonly tracing: Tracing
  /** Ends waits when the gateway stops. */
  readonly stopping: AbortSignal
}

/** One message at work: claimed, with everything that is known about it so far. */
export class RunContext {
  readonly deps: RunDeps
  #runtime: AppRuntime
  #message: Message
  #isOther = false
  readonly claimed: ClaimedMessage
  /** Undefined for a message that names no files. */
  media: MessageMedia | undefined
  nextWake = new NextWake()
  readonly #slot: WorkPlace
  #pausing: AbortController | undefined
  #whenHalted: PromiseWithResolvers<undefined> | undefined
  #halt: "interrupted" | "lost" | undefined
  /** The permits of calls that wait for a socket. */
  #waiting: Set<Permit> | undefined
  #lastCall: number
  /** The span of the whole run, once it has begun. */
  #span: Span | undefined
  /** How many recipients are still pending; undefined when other work may have changed that. */
  #pending: number | undefined

  constructor(deps: RunDeps, runtime: AppRuntime, claimed: ClaimedMessage, slot: WorkPlace) {
    this.deps = deps
    this.#slot = slot
    this.#runtime = runtime
    this.claimed = claimed
    this.#message = claimed.message
    this.media = namesMedia(claimed.message) ? new MessageMedia(this) : undefined
    this.#lastCall = claimed.callCount
    this.#pending = claimed.counts.pending
  }

  get message(): Message {
    return this.#message
  }

  get runtime(): AppRuntime {
    return this.#runtime
  }

  /** From now on the message belongs to the other app, for the recipients that its own app could not send to. */
  continueFrom(runtime: AppRuntime, { app, msgtype, parts }: Otherwise): void {
    this.#runtime = runtime
    this.#message = { ...this.claimed.message, app, msgtype, parts }
    this.#isOther = true
    this.media = namesMedia(this.#message) ? new MessageMedia(this) : undefined
  }

  /** Whether the recipient gets the message from the app whose turn it is. */
  isOfTurn(detail: RecipientDetail | undefined): boolean {
    return detail?.app === (this.#isOther ? this.#message.app : undefined)
  }

  get isOther(): boolean {
    return this.#isOther
  }

  /** The app that sends to those with whom the robot has no conversation. */
  get otherApp(): string | undefined {
    return this.#isOther ? undefined : this.#message.otherwise?.app
  }

  /** More messages of its app and priority were due than could be at work. */
  get isOfBacklog(): boolean {
    return this.#slot.isOfBacklog
  }

  get partCount(): number {
    return this.message.parts.length
  }

  /** Begins the span of the run, which contains the spans of everything it begins. */
  beginWork(): Span {
    const { id, app, trace } = this.message
    const facts = { "wecom_push.message": id, "wecom_push.app": app }
    this.#span = this.deps.tracing.begin("deliver message", trace, facts)
    return this.#span
  }

  begin(name: SpanName, facts: SpanFacts): Span {
    return this.#span === undefined
      ? this.deps.tracing.begin(name, this.message.trace, facts)
      : this.#span.begin(name, facts)
  }

  /** For a line of the log about the message. */
  get logFields(): { readonly app: string; readonly message: string; readonly trace_id?: string } {
    const { app, id: message } = this.message
    return { app, message, ...traceField(this.message) }
  }

  nextCallNumber(): number {
    return ++this.#lastCall
  }

  now(): number {
    return this.deps.clock.now()
  }

  /** The time at which the message must be due again to keep its place in the queue. */
  queuePosition(): number {
    return Math.min(this.message.sendAt, this.now())
  }

  /** True when nothing may begin any more. */
  isExpired(): boolean {
    return this.deps.clock.mayHaveExpired(this.message)
  }

  /** Until when it is uncertain whether the message has expired; undefined once it is certain. */
  expiryGraceUntil(): number | undefined {
    const { clock } = this.deps
    return clock.hasExpired(this.message) ? undefined : this.now() + clock.graceMs()
  }

  expiresInMs(): number {
    return this.deps.clock.expiryOf(this.message) - this.now()
  }

  /** True when no new call may begin. */
  isHalted(): boolean {
    return this.#halt !== undefined || this.deps.stopping.aborted
  }

  /** True when no byte of a call may go out: see `isHalted`; or another process may have the message by now. */
  mayNotSend(): boolean {
    return this.isHalted() || !this.#slot.isSurelyOurs()
  }

  /** Another caller has changed the message, or wants to: it must be read anew before anything else goes out. */
  interrupt(): void {
    this.#halt ??= "interrupted"
    this.#pending = undefined
    this.nextWake.until(-Infinity)
    this.#wake()
  }

  /** Another process works on the message. */
  lose(): void {
    this.#halt = "lost"
    this.#wake()
  }

  /** Resolves when a command wants to change the message, or another process works on it. */
  halted(): Promise<undefined> {
    this.#whenHalted ??= Promise.withResolvers()
    if (this.#halt !== undefined) this.#whenHalted.resolve(undefined)
    return this.#whenHalted.promise
  }

  #wake(): void {
    this.#pausing?.abort()
    this.#whenHalted?.resolve(undefined)
    for (const permit of this.#waiting ?? []) permit[Symbol.dispose]()
  }

  /**
   * Notes that the permit waits for a socket. It is given back when the message is halted: nothing of its call has gone out,
   * and nothing may.
   */
  startWaiting(permit: Permit): void {
    this.#waiting ??= new Set()
    this.#waiting.add(permit)
  }

  stopWaiting(permit: Permit): void {
    this.#waiting?.delete(permit)
  }

  get isLost(): boolean {
    return this.#halt === "lost"
  }

  /** Waits for `ms`, or until the message is halted. */
  async pause(ms: number): Promise<void> {
    if (this.isHalted()) return
    this.#pausing = new AbortController()
    await this.#sleep(ms, this.#pausing.signal)
  }

  /** The value awaited; undefined if it takes longer than `ms`, or the message is halted meanwhile. */
  async within<T>(awaited: Promise<T>, ms: number): Promise<T | undefined> {
    const late = new AbortController()
    try {
      return await Promise.race([awaited, this.halted(), this.#sleep(ms, late.signal)])
    } finally {
      late.abort()
    }
  }

  async #sleep(ms: number, ending: AbortSignal): Promise<undefined> {
    const signal = AbortSignal.any([ending, this.deps.stopping])
    try {
      await this.deps.clock.sleep(ms, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /**
   * Gives up the place at work while the message waits for look-ups.
   * @returns an object to dispose of afterwards; undefined if too many wait already, and the message is to come again
   */
  waitForLookUps(): Disposable | undefined {
    const { app, id, priority } = this.message
    const waiting = this.deps.lookupWaiters.enter(app, id, priority)
    if (waiting === undefined) return undefined
    const slot = this.releasePlace()
    return {
      [Symbol.dispose]: () => {
        slot[Symbol.dispose]()
        waiting[Symbol.dispose]()
      },
    }
  }

  /** Gives up the place at work. @returns an object to dispose of afterwards, which takes it again */
  releasePlace(): Disposable {
    this.#slot.release()
    return { [Symbol.dispose]: () => this.#slot.take() }
  }

  /** Called when the outcome of a call is stored. @param finished how many recipients are final by it */
  settled(finished: number): void {
    if (this.#pending !== undefined) this.#pending -= finished
  }

  /** True when there is certainly nothing left to do, so that the message need not be given back. */
  get isFinished(): boolean {
    return this.#pending === 0
  }

  async update(change: Omit<MessageChange, "messageId" | "at">): Promise<MessageChanged | undefined> {
    this.#pending = undefined
    const changed = await this.updateOf(this.message.id, change)
    if (changed === undefined) this.lose()
    return changed
  }

  /**
   * Lets the next message of the lane start at that time at the latest, even while this one is at work and not finished.
   * Changes no recipient.
   */
  async letNextInLaneStart(holdsLaneUntil: number): Promise<void> {
    await this.updateOf(this.message.id, { updates: [], holdsLaneUntil })
  }

  /** Changes this message, or another one that shares a call with it. */
  updateOf(messageId: string, change: Omit<MessageChange, "messageId" | "at">): Promise<MessageChanged | undefined> {
    return this.deps.outbox.update({ messageId, at: this.now(), ...change })
  }
}
