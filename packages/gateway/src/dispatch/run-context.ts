import type { Clock } from "@wecom-push/sdk"
import type { Message } from "../core/message.ts"
import type { ClaimedMessage, MessageChange, MessageChanged, OutboxStore } from "../core/ports/outbox.ts"
import type { MessageReader } from "../core/ports/reader.ts"
import type { RecipientState } from "../core/states.ts"
import type { Airspace } from "./airspace.ts"
import type { AppDesk, DispatchLog } from "./app-desk.ts"
import { Rest } from "./rest.ts"
import type { Turnstile } from "./turnstile.ts"

/** What every message at work shares. */
export interface RunDeps {
  readonly outbox: OutboxStore
  readonly reader: MessageReader
  readonly clock: Clock
  readonly random: () => number
  readonly airspace: Airspace
  /** One at a time. */
  readonly largeSettles: Turnstile
  /** Calls whose bytes may be on their way, or went and could not be settled: `message/number`. */
  readonly airborne: Set<string>
  readonly log: DispatchLog
  readonly metrics: DispatchMetrics
  /** Ends waits when the gateway stops. */
  readonly stopping: AbortSignal
}

export interface DispatchMetrics {
  recipientsFinished(app: string, state: RecipientState, count: number): void
  throttled(app: string, reason: string, count?: number): void
}

/** One message at work: claimed, with all that is known of it so far. */
export class RunContext {
  readonly deps: RunDeps
  readonly desk: AppDesk
  readonly claimed: ClaimedMessage
  rest = new Rest()
  #pausing: AbortController | undefined
  #halt: "interrupted" | "lost" | undefined
  #lastCall: number
  /** How many recipients are pending still; undefined when others may have had a hand in it. */
  #pending: number | undefined

  constructor(deps: RunDeps, desk: AppDesk, claimed: ClaimedMessage) {
    this.deps = deps
    this.desk = desk
    this.claimed = claimed
    this.#lastCall = claimed.callCount
    this.#pending = claimed.counts.pending
  }

  get message(): Message {
    return this.claimed.message
  }

  get partCount(): number {
    return this.message.parts.length
  }

  nextCallNumber(): number {
    return ++this.#lastCall
  }

  now(): number {
    return this.deps.clock.now()
  }

  isExpired(): boolean {
    return this.now() >= this.message.expiresAt
  }

  /** No new call may begin. */
  isHalted(): boolean {
    return this.#halt !== undefined || this.deps.stopping.aborted
  }

  /** Somebody has changed the message, or wants to: what goes out next must be read anew. */
  interrupt(): void {
    this.#halt ??= "interrupted"
    this.rest.until(-Infinity)
    this.#pausing?.abort()
  }

  /** Somebody else works on it. */
  lose(): void {
    this.#halt = "lost"
    this.#pausing?.abort()
  }

  get isLost(): boolean {
    return this.#halt === "lost"
  }

  /** Until then, or until it is halted. */
  async pause(ms: number): Promise<void> {
    if (this.isHalted()) return
    this.#pausing = new AbortController()
    const signal = AbortSignal.any([this.#pausing.signal, this.deps.stopping])
    try {
      await this.deps.clock.sleep(ms, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** The outcome of a call is stored. @param finished how many recipients are final by it */
  settled(finished: number): void {
    if (this.#pending !== undefined) this.#pending -= finished
  }

  /** True when there is certainly nothing left to do, so that the message need not be given back. */
  get isFinished(): boolean {
    return this.#pending === 0
  }

  async patch(change: Omit<MessageChange, "messageId" | "at">): Promise<MessageChanged | undefined> {
    const at = this.now()
    this.#pending = undefined
    const changed = await this.deps.outbox.patch({ messageId: this.message.id, at, ...change })
    if (changed === undefined) this.lose()
    return changed
  }
}
