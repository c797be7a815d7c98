import { readSendAnswer } from "@wecom-push/protocol"
import type { ApiHooks, Clock, Transport } from "@wecom-push/sdk"
import type {
  CancelOutcome,
  CardUpdateReply,
  Dispatcher,
  LookupQuestion,
  LookupReply,
  RecallOutcome,
  RetryableState,
  RetryOutcome,
} from "../core/ports/dispatcher.ts"
import type { Stores } from "../core/ports/stores.ts"
import { Airspace } from "./airspace.ts"
import type { DispatchLog } from "./app-desk.ts"
import { AppDesks } from "./app-desks.ts"
import { Commands } from "./commands.ts"
import { Followers } from "./followers.ts"
import { Loop } from "./loop.ts"
import type { Finding } from "./people/people.ts"
import { watchWrites } from "./points.ts"
import type { DispatchMetrics } from "./run-context.ts"
import { talk } from "./talk.ts"
import { Turnstile } from "./turnstile.ts"

export interface DispatcherOptions {
  readonly stores: Stores
  /** Where WeCom or a simulator is. */
  readonly baseUrl: string
  /** Stays the caller's to close. */
  readonly transport: Transport
  readonly clock: Clock
  /** From 0 to 1, for delays. */
  readonly random: () => number
  readonly log: DispatchLog
  readonly metrics: DispatchMetrics
  readonly hooks: ApiHooks
  /** For one request to WeCom. 10,000 unless given. */
  readonly attemptTimeoutMs?: number
}

/** Starts to send what the outbox holds, and whatever comes into it. */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  return new RunningDispatcher(options)
}

class RunningDispatcher implements Dispatcher {
  readonly #stopping = new AbortController()
  readonly #desks: AppDesks
  readonly #loop: Loop
  readonly #commands: Commands
  readonly #followers: Followers
  readonly #subscriptions: readonly (() => void)[]

  constructor(options: DispatcherOptions) {
    const { stores, clock, random, log, metrics } = options
    const { outbox, reader, events } = stores
    this.#desks = new AppDesks({ ...options, ...stores, onOpened: () => this.#loop.wake() })
    this.#commands = new Commands({
      outbox,
      reader,
      clock,
      desks: this.#desks,
      interrupt: (messageId) => this.#loop.running(messageId)?.interrupt(),
      landed: (messageId) => this.#loop.landed(messageId),
    })
    this.#loop = new Loop({
      outbox,
      reader,
      clock,
      random,
      log,
      metrics,
      airspace: new Airspace(),
      largeSettles: new Turnstile(),
      airborne: new Set(),
      stopping: this.#stopping.signal,
      desks: this.#desks,
      settled: (messageId) => this.#commands.settled(messageId),
    })
    this.#followers = new Followers(events, reader, clock)
    this.#subscriptions = [
      outbox.onWork(() => this.#loop.wake()),
      events.subscribe(({ type, app }) => {
        if (type !== "app.changed") return
        this.#desks.forget(app)
        this.#loop.wake()
      }),
      watchWrites(),
      () => this.#followers.close(),
    ]
    this.#loop.wake()
  }

  cancel(messageId: string): Promise<CancelOutcome> {
    return this.#commands.cancel(messageId)
  }

  retry(messageId: string, states: readonly RetryableState[]): Promise<RetryOutcome> {
    return this.#commands.retry(messageId, states)
  }

  recall(messageId: string): Promise<RecallOutcome> {
    return this.#commands.recall(messageId)
  }

  finished(messageId: string, waitMs: number): Promise<boolean> {
    return this.#followers.finished(messageId, waitMs)
  }

  async lookUp({ app, ...wanted }: LookupQuestion): Promise<LookupReply> {
    const desk = await this.#desks.get(app)
    if (desk === undefined) return { kind: "failed" }
    const [finding] = await desk.people.find([wanted])
    return finding === undefined ? { kind: "failed" } : toReply(finding, desk.app.pause)
  }

  async updateCard(app: string, body: string): Promise<CardUpdateReply> {
    const desk = await this.#desks.get(app)
    if (desk === undefined) return { kind: "unreachable" }
    // A response_code is good for one use: a second try after a lost answer would only be told so.
    const exchange = await talk(desk.api, { path: "message/update_template_card", body, repeatable: false })
    if (exchange.kind === "failure") {
      const { errcode, errmsg } = exchange.failure
      return errcode === undefined ? { kind: "unreachable" } : { kind: "refused", errcode, errmsg }
    }
    const { errcode, errmsg } = exchange.answer
    if (errcode !== 0) return { kind: "refused", errcode, errmsg }
    return { kind: "updated", invalidUsers: readSendAnswer(exchange.answer).invalidUsers }
  }

  isRunning(): boolean {
    return !this.#stopping.signal.aborted
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopping.abort()
    for (const end of this.#subscriptions) end()
    // Real time: what is waited for is a real network.
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs)
    })
    await Promise.race([this.#loop.idle(), late])
    clearTimeout(timer)
  }
}

function toReply(finding: Finding, pause: { errcode: number; errmsg: string } | undefined): LookupReply {
  if (finding.kind === "found") return { kind: "found", userid: finding.userid }
  if (finding.kind === "refused") return { kind: "failed", errcode: finding.errcode, errmsg: finding.errmsg }
  if (finding.kind !== "later") return { kind: finding.kind }
  if (finding.why === "budget_spent") return { kind: "budget_spent", retryAt: finding.at }
  if (finding.why === "lookup_paused") return { kind: "paused", retryAt: finding.at }
  return pause === undefined ? { kind: "failed" } : { kind: "failed", errcode: pause.errcode, errmsg: pause.errmsg }
}
