import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { BotConnection } from "@wecom-push/sdk/internals"
import type { IncomingFrame, ProxySettings } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { AppStore, Settings } from "../../model/ports/apps.ts"
import type { CallbackStore } from "../../model/ports/callbacks.ts"
import type { EventLog } from "../../model/ports/events.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { ChannelMetrics } from "../../model/ports/metrics.ts"
import { unpackBot } from "../../model/bot.ts"
import type { Channels } from "../channels.ts"
import { callbackOf } from "./frame-callback.ts"
import type { Receiver } from "./frame-callback.ts"
import { FrameKeeper } from "./frame-keeper.ts"
import { RobotLine } from "./robot-line.ts"
import { smartRobotChannel } from "./smart-robot.ts"

export interface RobotLinesDeps {
  readonly apps: Pick<AppStore, "list" | "secrets">
  readonly callbacks: Pick<CallbackStore, "keep">
  readonly events: Pick<EventLog, "subscribe">
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
}

/** The connections of all smart robots that are registered, from the start of the gateway to its end. */
export class RobotLines implements AsyncDisposable {
  readonly #deps: RobotLinesDeps
  readonly #lines = new Map<string, OpenLine>()
  readonly #frames: FrameKeeper
  /** By app: what a member is sent who comes in. */
  #welcomes: ReadonlyMap<string, string> = new Map()
  readonly #unsubscribe: () => void
  /** Lines that are ending. */
  readonly #ending = new Set<Promise<void>>()
  #work: Promise<void>

  constructor(deps: RobotLinesDeps) {
    this.#deps = deps
    this.#frames = new FrameKeeper(deps)
    this.#unsubscribe = deps.events.subscribe(({ type }) => {
      if (type === "app.changed") this.#work = this.#work.then(() => this.#follow())
    })
    this.#work = this.#follow()
  }

  /** The way out of apps of kind `bot`. */
  channel(): Channels[string] {
    return {
      callKind: SMART_ROBOT,
      open: ({ app, secrets }) =>
        smartRobotChannel(this.#lineOf({ app: app.name, bot: app.corpId }, secrets.secret), () =>
          this.#deps.clock.now(),
        ),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    await this.#work
    for (const name of this.#lines.keys()) this.#end(name)
    await Promise.all(this.#ending)
    await this.#frames[Symbol.asyncDispose]()
  }

  async #follow(): Promise<void> {
    const { apps, log } = this.#deps
    try {
      const bots = (await apps.list()).filter(({ kind }) => kind === "bot")
      this.#welcomes = new Map(bots.flatMap(({ name, settings }) => welcomeIn(name, settings)))
      for (const name of this.#lines.keys()) if (!bots.some((bot) => bot.name === name)) this.#end(name)
      for (const { name, corpId } of bots) {
        const secrets = await apps.secrets(name)
        if (secrets !== undefined) this.#lineOf({ app: name, bot: corpId }, secrets.secret)
      }
    } catch (error) {
      // The next change, or the first message, asks again.
      log.error({ err: error }, "could not read the smart robots")
    }
  }

  #lineOf(receiver: Receiver, packed: string): RobotLine {
    const { app: name } = receiver
    const known = this.#lines.get(name)
    if (known?.packed === packed) return known.line
    this.#end(name)
    const line = this.#open(receiver, packed)
    this.#lines.set(name, { packed, line })
    return line
  }

  #open(receiver: Receiver, packed: string): RobotLine {
    const { url, proxy, clock, random } = this.#deps
    const address = new URL(url)
    const { botId, secret } = unpackBot(packed) ?? { botId: "", secret: "" }
    return new RobotLine({
      host: address.host,
      open: (onFrame, signal) => BotConnection.open({ botId, secret, url: address, proxy, clock, onFrame }, signal),
      clock,
      // A file of SQLite belongs to one gateway, and so do its robots.
      holdsLease: () => true,
      onFrame: (frame) => this.#hear(receiver, frame),
      random,
    })
  }

  #hear(receiver: Receiver, frame: IncomingFrame): void {
    const callback = callbackOf(frame, receiver, this.#deps.now())
    const heardAt = this.#deps.clock.now()
    if (callback === undefined) return
    this.#frames.take(callback, () => {
      if (callback.type === "wecom.enter_chat") void this.#welcome(receiver.app, frame.reqId, heardAt)
    })
  }

  /** WeCom takes it for 5 s. One that did not go out is not repeated: the next comes the next day. */
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

  #end(name: string): void {
    const known = this.#lines.get(name)
    if (known === undefined) return
    this.#lines.delete(name)
    const ending = known.line[Symbol.asyncDispose]()
    this.#ending.add(ending)
    void ending.finally(() => this.#ending.delete(ending))
  }
}

const WELCOME_MS = 5000

function welcomeIn(app: string, { welcome_text: text }: Settings): [app: string, text: string][] {
  return typeof text === "string" ? [[app, text]] : []
}
