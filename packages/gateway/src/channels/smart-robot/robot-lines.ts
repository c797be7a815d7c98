import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { BotConnection } from "@wecom-push/sdk/internals"
import type { ProxySettings } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { AppStore } from "../../model/ports/apps.ts"
import type { EventLog } from "../../model/ports/events.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import { unpackBot } from "../../model/bot.ts"
import type { Channels } from "../channels.ts"
import { RobotLine } from "./robot-line.ts"
import { smartRobotChannel } from "./smart-robot.ts"

export interface RobotLinesDeps {
  readonly apps: Pick<AppStore, "list" | "secrets">
  readonly events: Pick<EventLog, "subscribe">
  /** Where robots connect. */
  readonly url: string
  readonly proxy: ProxySettings | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: OperatorLog
}

interface OpenLine {
  readonly packed: string
  readonly line: RobotLine
}

/** The connections of all smart robots that are registered, from the start of the gateway to its end. */
export class RobotLines implements AsyncDisposable {
  readonly #deps: RobotLinesDeps
  readonly #lines = new Map<string, OpenLine>()
  readonly #unsubscribe: () => void
  /** Lines that are ending. */
  readonly #ending = new Set<Promise<void>>()
  #work: Promise<void>

  constructor(deps: RobotLinesDeps) {
    this.#deps = deps
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
        smartRobotChannel(this.#lineOf(app.name, secrets.secret), () => this.#deps.clock.now()),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    await this.#work
    for (const name of this.#lines.keys()) this.#end(name)
    await Promise.all(this.#ending)
  }

  async #follow(): Promise<void> {
    const { apps, log } = this.#deps
    try {
      const bots = (await apps.list()).filter(({ kind }) => kind === "bot").map(({ name }) => name)
      for (const name of this.#lines.keys()) if (!bots.includes(name)) this.#end(name)
      for (const name of bots) {
        const secrets = await apps.secrets(name)
        if (secrets !== undefined) this.#lineOf(name, secrets.secret)
      }
    } catch (error) {
      // The next change, or the first message, asks again.
      log.error({ err: error }, "could not read the smart robots")
    }
  }

  #lineOf(name: string, packed: string): RobotLine {
    const known = this.#lines.get(name)
    if (known?.packed === packed) return known.line
    this.#end(name)
    const line = this.#open(packed)
    this.#lines.set(name, { packed, line })
    return line
  }

  #open(packed: string): RobotLine {
    const { url, proxy, clock, random } = this.#deps
    const address = new URL(url)
    const { botId, secret } = unpackBot(packed) ?? { botId: "", secret: "" }
    return new RobotLine({
      host: address.host,
      open: (onFrame, signal) => BotConnection.open({ botId, secret, url: address, proxy, clock, onFrame }, signal),
      clock,
      // A file of SQLite belongs to one gateway, and so do its robots.
      holdsLease: () => true,
      onFrame: () => undefined,
      random,
    })
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
