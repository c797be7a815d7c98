import { setImmediate as immediate } from "node:timers/promises"
import { BOT_TAKEN, UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import { BotConnection } from "@wecom-push/sdk/internals"
import type { FrameAnswer, IncomingFrame, ProxySettings } from "@wecom-push/sdk/internals"
import { TransportFault } from "@wecom-push/sdk"
import type { Clock } from "@wecom-push/sdk"
import type { AppRecord, AppStore, Settings } from "../../model/ports/apps.ts"
import type { CallbackStore } from "../../model/ports/callbacks.ts"
import type { EventLog } from "../../model/ports/events.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { ChannelMetrics } from "../../model/ports/metrics.ts"
import type { RobotLease } from "../../model/ports/robot-lease.ts"
import type { RelayedAnswer, RelayedFrame, RobotRelay } from "../../model/ports/robot-relay.ts"
import { unpackBot } from "../../model/bot.ts"
import type { ChannelParts } from "../channels.ts"
import { Connecting } from "./connecting.ts"
import { callbackOf } from "./frame-callback.ts"
import type { Receiver } from "./frame-callback.ts"
import { FrameKeeper } from "./frame-keeper.ts"
import { LineClosed, notConnected, RobotLine } from "./robot-line.ts"
import { CARD_UPDATE, smartRobotChannel } from "./smart-robot.ts"
import type { SmartRobotChannel } from "./smart-robot.ts"
import type { LineRefusal } from "./robot-line.ts"

export interface RobotLinesDeps {
  readonly apps: Pick<AppStore, "get" | "list" | "pause" | "resume" | "secrets" | "secretsOfKind">
  readonly callbacks: Pick<CallbackStore, "keep">
  readonly events: Pick<EventLog, "subscribe">
  readonly lease: RobotLease
  readonly relay: RobotRelay
  /** Where robots connect. */
  readonly url: string
  readonly proxy: ProxySettings | undefined
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: () => number
  readonly log: OperatorLog
  readonly metrics: ChannelMetrics
}

interface OpenLine {
  readonly packed: string
  readonly line: RobotLine
  /** The record as it was last read. */
  app: AppRecord
  isPaused: boolean
}

/** The connections of all smart robots that are registered, for as long as this gateway holds the lease. */
export class RobotLines implements AsyncDisposable {
  readonly #deps: RobotLinesDeps
  readonly #lines = new Map<string, OpenLine>()
  readonly #frames: FrameKeeper
  readonly #connecting: Connecting
  /** The welcome text for each app, sent to a member who opens the conversation. */
  readonly #welcomes = new Map<string, string>()
  readonly #unsubscribe: (() => void)[]
  readonly #ending = new AbortController()
  /** Lines that are ending. */
  readonly #ends = new Set<Promise<void>>()
  #work: Promise<void>

  constructor(deps: RobotLinesDeps) {
    this.#deps = deps
    this.#frames = new FrameKeeper(deps)
    this.#connecting = new Connecting(deps.clock)
    this.#unsubscribe = [
      deps.events.subscribe(({ type, app }) => {
        if (type === "app.changed") this.#next(() => this.#followOne(app))
      }),
      deps.lease.onChange(() => this.#next(() => this.#follow())),
      deps.relay.serve(
        () => deps.lease.isHeld,
        (frame) => this.#sendRelayed(frame),
      ),
    ]
    this.#work = this.#follow()
  }

  /** The channel of one robot. */
  channelOf({ app, secrets }: Pick<ChannelParts, "app" | "secrets">): SmartRobotChannel {
    if (this.#deps.lease.isHeld) this.#lineOf(app, secrets.secret)
    const request: RobotLine["request"] = (...frame) => this.#request(app, ...frame)
    return smartRobotChannel({ request }, () => this.#deps.clock.now())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#ending.abort()
    await this.#work
    this.#endAll()
    await Promise.all(this.#ends)
    await this.#frames[Symbol.asyncDispose]()
  }

  #next(work: () => Promise<void>): void {
    this.#work = this.#work.then(work)
  }

  /** @throws {LineClosed} {@link TransportFault} as `RobotLine.request` */
  async #request(app: AppRecord, ...frame: Parameters<RobotLine["request"]>): Promise<FrameAnswer> {
    const { lease, url } = this.#deps
    if (lease.isHeld && !this.#lines.has(app.name)) await this.#open(app)
    const known = lease.isHeld ? this.#lines.get(app.name) : undefined
    if (known !== undefined) return known.line.request(...frame)
    const fault = notConnected(new URL(url).host)
    const [cmd, body, { reqId }] = [frame[0], frame[1], frame[2] ?? {}]
    // An answer to a press is worthless by the time another gateway gets its turn, so it is passed on at once. Messages wait
    // in the queue instead.
    if (!lease.isHeld && cmd === CARD_UPDATE && reqId !== undefined) {
      const answer = await this.#deps.relay.ask({ app: app.name, cmd, body, reqId })
      if (answer.kind === "answer") return answer
      if (answer.kind === "unknown") throw new TransportFault("timeout", true, { host: new URL(url).host })
    }
    throw new LineClosed({ kind: "unreachable", fault })
  }

  /** Sends a frame that another gateway passed on. */
  async #sendRelayed({ app, cmd, body, reqId }: RelayedFrame): Promise<RelayedAnswer> {
    const known = this.#lines.get(app)
    if (known === undefined) return { kind: "not_sent" }
    try {
      return { kind: "answer", ...(await known.line.request(cmd, body, { reqId })) }
    } catch (error) {
      if (error instanceof LineClosed) return { kind: "not_sent" }
      if (error instanceof TransportFault) return { kind: error.mayHaveArrived ? "unknown" : "not_sent" }
      throw error
    }
  }

  async #follow(): Promise<void> {
    const { apps, lease, clock } = this.#deps
    const { signal } = this.#ending
    while (lease.isHeld && !signal.aborted) {
      try {
        const bots = (await apps.list()).filter(({ kind }) => kind === "bot")
        const names = new Set(bots.map(({ name }) => name))
        for (const name of this.#lines.keys()) if (!names.has(name)) this.#end(name)
        await this.#openAll(bots)
        return
      } catch (error) {
        this.#warn(error)
        // An end stops the pause, which is no error.
        await clock.sleep(AGAIN_MS, signal).catch(() => undefined)
      }
    }
    if (lease.isHeld) return
    // Where this process was frozen, frames have arrived that it has not read yet, and WeCom repeats no frame.
    await immediate()
    this.#endAll()
  }

  /** @throws {StorageError} */
  async #openAll(bots: readonly AppRecord[]): Promise<void> {
    const { apps, lease } = this.#deps
    // One by one, the reads would take longer than the connections.
    const known = await apps.secretsOfKind("bot")
    for (const [n, bot] of bots.entries()) {
      const secrets = known.get(bot.name)
      if (secrets !== undefined && lease.isHeld) this.#lineOf(bot, secrets.secret)
      if (n % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await immediate()
    }
    // Robots that were added meanwhile, or whose secrets cannot be read.
    for (const bot of bots) if (!known.has(bot.name)) await this.#open(bot)
  }

  async #followOne(name: string): Promise<void> {
    const { apps, lease } = this.#deps
    try {
      if (!lease.isHeld) return
      const app = await apps.get(name)
      if (app?.kind === "bot") await this.#open(app)
      else this.#end(name)
    } catch (error) {
      // The next message of the app opens it.
      this.#warn(error)
    }
  }

  async #open(app: AppRecord): Promise<void> {
    const { apps, lease, log } = this.#deps
    const secrets = await apps.secrets(app.name)
    if (secrets === undefined) log.error({ app: app.name }, UNREADABLE_SECRET)
    else if (lease.isHeld) this.#lineOf(app, secrets.secret)
  }

  #lineOf(app: AppRecord, packed: string): void {
    const { name, corpId: bot, settings } = app
    const welcome = welcomeIn(settings)
    if (welcome === undefined) this.#welcomes.delete(name)
    else this.#welcomes.set(name, welcome)
    const known = this.#lines.get(name)
    if (known?.packed === packed) {
      known.app = app
      return
    }
    this.#end(name)
    // A robot has one connection, whatever names it has here.
    const twin = this.#lines.values().find((other) => other.packed === packed)
    const line = twin?.line ?? this.#connect({ app: name, bot }, packed)
    this.#lines.set(name, { packed, line, app, isPaused: app.pause !== undefined })
  }

  #connect(receiver: Receiver, packed: string): RobotLine {
    const { url, proxy, clock, random, lease } = this.#deps
    const address = new URL(url)
    const { botId, secret } = unpackBot(packed) ?? { botId: "", secret: "" }
    const { host } = address
    const line: RobotLine = new RobotLine({
      host,
      open: (onFrame, signal) =>
        this.#connecting.run(async () => {
          // The line or the lease may be over when its turn comes.
          if (signal.aborted || !lease.isHeld) throw notConnected(host)
          return BotConnection.open({ botId, secret, url: address, proxy, clock, onFrame }, signal)
        }),
      clock,
      lease,
      onFrame: (frame) => this.#hear(receiver, frame),
      onState: (trouble) => {
        const names = [...this.#lines].filter(([, one]) => one.line === line).map(([name]) => name)
        for (const name of names) this.#next(() => this.#noteState(name, trouble))
      },
      random,
    })
    return line
  }

  /** A robot that sends nothing is paused too, so that status and doctor show that it cannot. */
  async #noteState(name: string, trouble: LineRefusal | undefined): Promise<void> {
    const known = this.#lines.get(name)
    if (known === undefined) return
    const { apps, now } = this.#deps
    const since = now()
    try {
      if (trouble === undefined) {
        if (known.isPaused) await apps.resume(name, since, known.app.version)
      } else {
        const said = trouble.kind === "taken" ? { errcode: 0, errmsg: BOT_TAKEN } : trouble
        const { errcode, errmsg } = said
        await apps.pause(name, { errcode, errmsg, since, nextProbeAt: since + PROBE_EVERY_MS }, known.app.version)
      }
      known.isPaused = trouble !== undefined
    } catch (error) {
      // The next try, or a message, notes it.
      this.#deps.log.warn({ app: name, err: error }, "could not store whether a smart robot is connected")
    }
  }

  #hear(receiver: Receiver, frame: IncomingFrame): void {
    const callback = callbackOf(frame, receiver, this.#deps.now())
    const heardAt = this.#deps.clock.now()
    if (callback === undefined) return
    this.#frames.take(callback, () => {
      if (callback.type === "wecom.enter_chat") void this.#welcome(receiver.app, frame.reqId, heardAt)
    })
  }

  /** WeCom takes a welcome for 5 s. A welcome that did not go out is not repeated: the next one follows the next day. */
  async #welcome(app: string, reqId: string, heardAt: number): Promise<void> {
    const content = this.#welcomes.get(app)
    const line = this.#lines.get(app)?.line
    const { log, clock } = this.#deps
    if (content === undefined || line === undefined || clock.now() - heardAt > WELCOME_MS) return
    const body = JSON.stringify({ msgtype: "text", text: { content } })
    try {
      const { errcode } = await line.request("aibot_respond_welcome_msg", body, { reqId })
      if (errcode !== 0) log.warn({ app, errcode }, "WeCom refused the welcome of a smart robot")
    } catch (error) {
      log.warn({ app, err: error }, "the welcome of a smart robot may not have gone out")
    }
  }

  #endAll(): void {
    for (const name of this.#lines.keys()) this.#end(name)
  }

  #end(name: string): void {
    const known = this.#lines.get(name)
    if (known === undefined) return
    this.#lines.delete(name)
    const twins = [...this.#lines.values()].filter(({ line }) => line === known.line)
    for (const twin of twins) this.#lines.delete(twin.app.name)
    const ending = known.line[Symbol.asyncDispose]()
    this.#ends.add(ending)
    void ending.finally(() => this.#ends.delete(ending))
    // The events of the connection named the removed app, so the others get a new connection.
    if (this.#deps.lease.isHeld && !this.#ending.signal.aborted)
      for (const { app, packed } of twins) this.#lineOf(app, packed)
  }

  #warn(error: unknown): void {
    this.#deps.log.error({ err: error }, "could not read the smart robots")
  }
}

const AGAIN_MS = 1000
/** How many connections are opened before other work gets a turn of the event loop. */
const OPENED_AT_ONCE = 20
const PROBE_EVERY_MS = 60_000
const WELCOME_MS = 5000

function welcomeIn({ welcome_text: text }: Settings): string | undefined {
  return typeof text === "string" ? text : undefined
}
