import { randomUUID } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { clampTimerMs, REQUEST_SOCKETS } from "@wecom-push/sdk/internals"
import type { ApiHooks, Clock, Transport } from "@wecom-push/sdk"
import type {
  CancelManyOutcome,
  CancelOutcome,
  ChatChange,
  ChatReply,
  CardUpdateReply,
  DirectoryReply,
  Dispatcher,
  LookAt,
  LookupQuestion,
  LookupReply,
  PassedCall,
  PassReply,
  RecallOutcome,
  RetryableState,
  RetryOutcome,
  NewChat,
  TagReply,
} from "../model/ports/dispatcher.ts"
import type { ClockJump } from "../model/ports/outbox.ts"
import type { AppStanding, Governors } from "../model/ports/governor.ts"
import type { Whose } from "../model/ports/reader.ts"
import type { AppPause, AppRecord } from "../model/ports/apps.ts"
import type { Stores } from "../model/ports/stores.ts"
import type { WorkQueue } from "../model/ports/work.ts"
import { isSameParty } from "../model/party.ts"
import { appLimits } from "../model/app-limits.ts"
import { codeOf, StorageError } from "../model/storage-error.ts"
import { callKindNamed, CHANNELS } from "../channels/channels.ts"
import type { Channels } from "../channels/channels.ts"
import { passCall } from "../wecom/pass-call.ts"
import { CallSharings } from "./call/share-calls.ts"
import { CrashIsolation } from "./queue/crash-isolation.ts"
import { LookupWaiters } from "./queue/lookup-waiters.ts"
import { AllCalls } from "../limits/all-calls.ts"
import type { GovernorsDeps } from "../limits/local-governors.ts"
import { LOOKUPS_AT_ONCE } from "../limits/lookup-rules.ts"
import type { OperatorLog } from "../model/ports/log.ts"
import { AppRuntimes, LOOK_AT_SECRETS_EVERY_MS } from "./app-runtimes.ts"
import type { AppRuntime } from "./app-runtimes.ts"
import { cancelMany } from "./commands/cancel-many.ts"
import { cardUpdateReply } from "./commands/card-update-reply.ts"
import { ChatCommands } from "./commands/chats.ts"
import { Commands } from "./commands/commands.ts"
import { Followers } from "./queue/followers.ts"
import { MessageWorker } from "./queue/worker.ts"
import type { LookupResult } from "../people/people.ts"
import { Uploads } from "../channels/app-message/uploads.ts"
import { watchWrites } from "./queue/points.ts"
import type { DeliveryMetrics } from "../model/ports/metrics.ts"
import { NO_HEAP_LIMIT } from "../model/ports/heap-limit.ts"
import type { HeapLimit } from "../model/ports/heap-limit.ts"
import { NO_TRACING } from "../model/ports/tracing.ts"
import type { Tracing } from "../model/ports/tracing.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { Semaphore } from "../model/semaphore.ts"

export interface DispatcherOptions {
  readonly stores: Stores
  /** Decides who works on which message, and when. */
  readonly createQueue: (deps: QueueDeps) => WorkQueue
  /** Makes the governors, which keep apps inside WeCom's limits. */
  readonly createGovernors: (deps: GovernorsDeps) => Governors
  /** Where WeCom or a simulator is. */
  readonly baseUrl: string
  /** The caller closes it, not the dispatcher. */
  readonly transport: Transport
  readonly clock: Clock
  /** The channels; those of `CHANNELS` unless given. */
  readonly channels?: Channels
  /** Returns numbers from 0 to 1, which spread delays. */
  readonly random: () => number
  readonly log: OperatorLog
  readonly metrics: DeliveryMetrics
  /** None unless given. */
  readonly tracing?: Tracing
  /** Used for messages to many; none unless given. */
  readonly heapLimit?: HeapLimit
  readonly hooks: ApiHooks
  /**
   * The percentage of a corp's budget for misses that one key or one app may use while more than half of it is used. 100
   * unless given.
   */
  readonly missesSharePercent?: number
  /** In milliseconds, for one request to WeCom. 10,000 unless given. */
  readonly attemptTimeoutMs?: number
}

interface QueueDeps {
  readonly clock: JumpAwareClock
  readonly log: OperatorLog
  /** Nothing is handed out after it. */
  readonly stopping: AbortSignal
}

/** Starts to send the messages in the outbox, and those that come later. */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  return new RunningDispatcher(options)
}

class RunningDispatcher implements Dispatcher {
  readonly #options: DispatcherOptions
  readonly #clock: JumpAwareClock
  /** Resolves when the store has followed the wall clock. */
  #following: Promise<void> | undefined
  readonly #stopping = new AbortController()
  readonly #governors: Governors
  readonly #runtimes: AppRuntimes
  readonly #worker: MessageWorker
  readonly #scheduler: WorkQueue
  readonly #commands: Commands
  readonly #chats: ChatCommands
  readonly #followers: Followers
  /** The apps as they were after their last change. */
  readonly #changedApps = new Map<string, AppRecord>()
  readonly #subscriptions: readonly (() => void)[]

  constructor(options: DispatcherOptions) {
    this.#options = options
    const { stores, random, log, metrics } = options
    const { outbox, reader, events } = stores
    const clock = options.clock instanceof JumpAwareClock ? options.clock : new JumpAwareClock(options.clock)
    this.#clock = clock
    const { channels = CHANNELS } = options
    this.#governors = options.createGovernors({
      ...options,
      ratesOf: (kind) => ({
        members: channels[kind]?.callKind.targetRate,
        countsChats: channels[kind]?.chats !== undefined,
      }),
      keysIn: (kind, body) => callKindNamed(channels, kind)?.keysIn(body) ?? [],
      ...stores,
      clock,
      stopping: this.#stopping.signal,
      allCalls: new AllCalls(REQUEST_SOCKETS - LOOKUPS_AT_ONCE),
      onOpened: (app) => this.#scheduler.wake({ app }),
      onDoubted: (app) => void this.#askWhetherReached(app),
    })
    const lookupPlaces = new Semaphore(LOOKUPS_AT_ONCE)
    this.#runtimes = new AppRuntimes({
      ...options,
      channels,
      ...stores,
      clock,
      governors: this.#governors,
      lookupPlaces,
      stopping: this.#stopping.signal,
    })
    this.#commands = new Commands({
      outbox,
      reader,
      clock,
      runtimes: this.#runtimes,
      metrics,
      recalls: stores.recalls,
      log,
      stopping: this.#stopping.signal,
      interrupt: (messageId) => this.#worker.delivery(messageId)?.interrupt(),
      ended: (messageId) => this.#worker.ended(messageId),
      otherNodes: {
        interruptAtOthers: (messageId) => this.#scheduler.interruptAtOthers(messageId),
        endedAtOthers: (messageId) => this.#scheduler.endedAtOthers(messageId),
      },
    })
    this.#worker = new MessageWorker({
      outbox,
      reader,
      clock,
      hasFollowed: () => this.#following,
      random,
      log,
      metrics,
      tracing: options.tracing ?? NO_TRACING,
      crashIsolation: new CrashIsolation(),
      lookupWaiters: new LookupWaiters({ wake: (messageIds) => void this.#makeDue(messageIds) }),
      sharings: new CallSharings(),
      largeSettles: new Semaphore(),
      largeTexts: new Semaphore(),
      unsettled: new Set(),
      heapLimit: options.heapLimit ?? NO_HEAP_LIMIT,
      uploads: new Uploads({
        ...options,
        clock,
        media: stores.media,
        locks: stores.locks,
        stopping: this.#stopping.signal,
      }),
      stopping: this.#stopping.signal,
      runtimes: this.#runtimes,
      governors: this.#governors,
      apps: stores.apps,
      makeDue: (messageIds) => void this.#makeDue(messageIds),
      cancel: (messageId, reason) => this.#commands.cancel(messageId, reason),
      settled: (messageId) => this.#commands.settled(messageId),
    })
    this.#scheduler = options.createQueue({ clock, log, stopping: this.#stopping.signal })
    this.#chats = new ChatCommands({ chats: stores.chats, runtimes: this.#runtimes, now: () => clock.now() })
    this.#followers = new Followers(events, reader, clock)
    this.#subscriptions = [
      events.subscribe(({ type, app, messageId, data }) => {
        if (type === "message.finished" && messageId !== undefined) this.#governors.finished(app, messageId)
        if (type === "app.changed") this.#appChanged(app, data["corp_settings"] === true)
      }),
      watchWrites(),
    ]
    clock.onJump((byMs) => this.#clockJumped(byMs))
    void this.#begin()
  }

  async #begin(): Promise<void> {
    const { stores, log } = this.#options
    try {
      const byMs = this.#clock.knowsBoot ? 0 : await this.#aheadOfNewest(stores.events)
      // The clock went back while the gateway did not run. Calls in doubt may be older than recorded, by an unknown time.
      if (byMs < -CLOCKS_DIFFER_MS) {
        log.warn({ byMs }, "the wall clock was set back since the gateway last wrote to its database")
        this.#following = this.#follow({ by: byMs - LONGER_THAN_ANY_WINDOW_MS }, undefined)
      }
    } catch (error) {
      // The store may be closed by now.
      if (this.#stopping.signal.aborted) return
      if (!(error instanceof StorageError)) throw error
      log.warn({ code: error.code }, "clock check failed")
    }
    // The dispatcher may have been stopped meanwhile; then nothing would end the work that begins here.
    if (this.#stopping.signal.aborted) return
    this.#scheduler.start(this.#worker)
    void this.#watchClock()
    void this.#watchSecrets()
    void this.#commands.watchRecalls()
  }

  /** How far the clock is ahead of the time of the last event. */
  async #aheadOfNewest(events: Stores["events"]): Promise<number> {
    const [newest] = await events.since((await events.latest()) - 1, { limit: 1, apps: "all" })
    return newest === undefined ? 0 : this.#clock.now() - newest.at
  }

  /** Reads the clock regularly: otherwise hours may pass in which nothing reads it. */
  async #watchClock(): Promise<void> {
    while (await this.#pause(LOOK_AT_CLOCK_EVERY_MS)) this.#clock.now()
  }

  async #watchSecrets(): Promise<void> {
    do {
      try {
        await this.#runtimes.lookAtSecrets()
      } catch (error) {
        // The store may be closed by now.
        if (this.#stopping.signal.aborted) return
        this.#options.log.warn({ code: codeOf(error) }, "could not look at the secrets of the apps")
      }
    } while (await this.#pause(LOOK_AT_SECRETS_EVERY_MS))
  }

  /** @returns false once the gateway stops */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping
    try {
      await this.#clock.sleep(ms, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
    return !signal.aborted
  }

  #clockJumped(byMs: number): void {
    this.#options.log.warn({ byMs }, "the wall clock was set")
    this.#governors.clockJumped(byMs)
    this.#following = this.#follow({ by: byMs, setByMs: this.#clock.setByMs }, this.#following)
    this.#scheduler.clockJumped()
  }

  async #follow(moved: Moved, before: Promise<void> | undefined): Promise<void> {
    await before
    await this.#moveStore(moved)
    this.#scheduler.clockJumped()
  }

  async #moveStore(moved: Moved): Promise<void> {
    const { stores, log } = this.#options
    const { signal } = this.#stopping
    const id = randomUUID()
    while (!signal.aborted) {
      try {
        return await stores.outbox.clockJumped({ id, at: this.#clock.now(), ...moved })
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        log.error({ code: error.code }, "could not adjust stored times to the clock; trying again")
        // oxlint-disable-next-line promise/prefer-await-to-then -- a stop is no error
        await this.#clock.sleep(FOLLOW_AGAIN_MS, signal).catch(() => undefined)
      }
    }
  }

  /** @param isCorp a limit of the corp may have changed, while those of the app have not */
  #appChanged(app: string, isCorp: boolean): void {
    // Earlier requests used the record of the runtime, or the one after the last change.
    const ofApp = [this.#runtimes.opened(app)?.app, this.#changedApps.get(app)].filter((one) => one !== undefined)
    const before = isCorp ? [] : ofApp
    this.#runtimes.forget(app)
    this.#worker.appChanged(app)
    void this.#rescheduleWaiting(app, before)
  }

  /** A limit may have changed: messages that wait because of it are looked at again. */
  async #rescheduleWaiting(app: string, before: readonly AppRecord[]): Promise<void> {
    const { stores, log } = this.#options
    // Wakes those at work first: a message that is being given back at this moment is no longer at work, and does not wait
    // yet.
    this.#scheduler.wake({ app })
    try {
      await this.#runtimes.lookAgain(app)
      const after = await stores.apps.get(app)
      if (after === undefined) this.#changedApps.delete(app)
      else this.#changedApps.set(app, after)
      if (after !== undefined && before.length > 0 && before.every((one) => hasSameLimits(one, after))) return
      await stores.outbox.makeAppDue(app, this.#clock.now())
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      log.warn({ app, code: error.code }, "could not reschedule messages that wait for a limit of the app")
    }
    this.#scheduler.wake({ app })
  }

  async #askWhetherReached(app: string): Promise<void> {
    try {
      await this.#runtimes.opened(app)?.connection?.ask()
    } catch (error) {
      // The next request that fails asks again.
      if (!this.#stopping.signal.aborted)
        this.#options.log.warn({ app, code: codeOf(error), err: error }, "check whether WeCom can be reached failed")
    }
  }

  /** If this fails, the messages come again within a minute. */
  async #makeDue(messageIds: readonly string[]): Promise<void> {
    const { stores, log } = this.#options
    try {
      await stores.outbox.makeDue(messageIds, this.#clock.now())
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      log.warn(
        { code: error.code },
        "could not reschedule messages that wait for look-ups or for another app; they continue at their set time",
      )
    }
  }

  cancel(messageId: string): Promise<CancelOutcome> {
    return this.#commands.cancel(messageId)
  }

  cancelMany(of: Whose): Promise<CancelManyOutcome> {
    const { stores, metrics } = this.#options
    return cancelMany(of, { ...stores, clock: this.#clock, metrics, commands: this.#commands })
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

  async lookUp({ app, type, address, ...options }: LookupQuestion): Promise<LookupReply> {
    const runtime = await this.#runtimes.get(app)
    if (runtime === undefined) return failedBy(this.#runtimes.unreadable(app))
    return toReply(await runtime.people.find({ type, address }, options), runtime.app.pause)
  }

  async updateCard(app: string, body: string): Promise<CardUpdateReply> {
    const runtime = await this.#runtimes.get(app)
    if (runtime === undefined) return this.#runtimes.notAsked(app)
    const { channel } = runtime
    if (channel.changeCard === undefined) throw new TypeError(`${channel.kind.name} changes no cards`)
    return cardUpdateReply(await channel.changeCard(body))
  }

  async updateTaskCard(app: string, body: string): Promise<CardUpdateReply> {
    const runtime = await this.#runtimes.get(app)
    if (runtime === undefined) return this.#runtimes.notAsked(app)
    const { channel } = runtime
    if (channel.changeTaskCard === undefined) throw new TypeError(`${channel.kind.name} has no task cards`)
    return cardUpdateReply(await channel.changeTaskCard(body))
  }

  directory(app: string, look: LookAt): Promise<DirectoryReply> {
    return this.#inDirectory(app, (directory) => directory.look(look))
  }

  tag(app: string, id: number, look: LookAt): Promise<TagReply> {
    return this.#inDirectory(app, (directory) => directory.lookAtTag(id, look))
  }

  async #inDirectory<Reply>(app: string, ask: (directory: AppRuntime["directory"]) => Promise<Reply>) {
    const runtime = await this.#runtimes.get(app)
    if (runtime === undefined) {
      const { errcode, errmsg } = this.#runtimes.unreadable(app) ?? {}
      const failure = { ...(errcode !== undefined && { errcode }), ...(errmsg !== undefined && { errmsg }) }
      return { kind: "failed", seen: undefined, failure } as const
    }
    return runtime.app.kind === APP_KIND ? ask(runtime.directory) : ({ kind: "not_supported" } as const)
  }

  createChat(app: string, chat: NewChat): Promise<ChatReply> {
    return this.#chats.create(app, chat)
  }

  changeChat(app: string, chatid: string, change: ChatChange): Promise<ChatReply> {
    return this.#chats.change(app, chatid, change)
  }

  lookAtChat(app: string, chatid: string, isFresh: boolean): Promise<ChatReply> {
    return this.#chats.look(app, chatid, isFresh)
  }

  async pass(app: string, call: PassedCall): Promise<PassReply> {
    const runtime = await this.#runtimes.get(app)
    return runtime === undefined ? this.#runtimes.notAsked(app) : passCall(runtime, call)
  }

  pauseOf(app: AppRecord): AppPause | undefined {
    return this.#runtimes.pauseOf(app)
  }

  standing(app: string): AppStanding {
    return this.#runtimes.opened(app)?.governor.standing() ?? NOTHING_IN_THE_WAY
  }

  isRunning(): boolean {
    return !this.#stopping.signal.aborted
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopping.abort()
    for (const end of this.#subscriptions) end()
    // Uses real time, because the requests that it waits for use a real network.
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, clampTimerMs(drainMs))
    })
    await Promise.race([Promise.all([this.#scheduler.idle(), this.#commands.idle()]), late])
    clearTimeout(timer)
    this.#followers.close()
  }
}

type Moved = Pick<ClockJump, "by" | "setByMs">

/**
 * Whether it has the same limits and is the same party. Messages that wait for another part of the configuration keep their
 * place in the queue, and need no wake-up.
 */
function hasSameLimits(before: AppRecord, after: AppRecord): boolean {
  return isSameParty(before, after) && isDeepStrictEqual(appLimits(before.settings), appLimits(after.settings))
}

/** The kind of app that has members. */
const APP_KIND = "app"

const NOTHING_IN_THE_WAY: AppStanding = { closedUntil: undefined, why: undefined, outage: undefined }

/** A smaller difference is normal for a clock that is kept right. */
const CLOCKS_DIFFER_MS = 1000
const LOOK_AT_CLOCK_EVERY_MS = 5000
const FOLLOW_AGAIN_MS = 1000
const LONGER_THAN_ANY_WINDOW_MS = 24 * 3_600_000

function toReply(result: LookupResult, pause: { errcode: number; errmsg: string } | undefined): LookupReply {
  if (result.kind === "found") return { kind: "found", userid: result.userid }
  if (result.kind === "refused") return { kind: "failed", errcode: result.errcode, errmsg: result.errmsg }
  if (result.kind !== "later") return { kind: result.kind }
  if (result.why === "budget_spent") {
    const { at: retryAt, share } = result
    return { kind: "budget_spent", retryAt, ...(share !== undefined && { share }) }
  }
  if (result.why === "lookup_paused") return { kind: "paused", retryAt: result.at }
  return failedBy(pause)
}

function failedBy(pause: { errcode: number; errmsg: string } | undefined): LookupReply {
  return pause === undefined ? { kind: "failed" } : { kind: "failed", errcode: pause.errcode, errmsg: pause.errmsg }
}
