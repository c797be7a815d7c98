import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { ChannelParts, Channels } from "../channels.ts"
import type { RobotLines, RobotLinesDeps } from "./robot-lines.ts"
import type { SmartRobotChannel } from "./smart-robot.ts"

/** Smart robots, whose code is loaded when the first of them is registered: most gateways have none. */
export class SmartRobots implements AsyncDisposable {
  readonly #deps: RobotLinesDeps
  readonly #unsubscribe: () => void
  /** Searches for the first robot. */
  readonly #searches = new Set<Promise<void>>()
  #lines: Promise<RobotLines> | undefined
  #isOver = false

  constructor(deps: RobotLinesDeps) {
    this.#deps = deps
    const { apps, events } = deps
    this.#unsubscribe = events.subscribe(({ type, app }) => {
      if (type === "app.changed") this.#search(async () => (await apps.get(app))?.kind === "bot")
    })
    this.#search(async () => (await apps.list()).some(({ kind }) => kind === "bot"))
  }

  /** The way out of apps of kind `bot`. */
  channel(): Channels[string] {
    return {
      callKind: SMART_ROBOT,
      open: (parts) => {
        const opened = this.#open(parts)
        // oxlint-disable-next-line promise/prefer-await-to-then -- the next send meets the error
        opened.catch(() => undefined)
        return {
          kind: SMART_ROBOT,
          send: async (call) => (await opened).send(call),
          upload: async (file) => (await opened).upload(file),
          changeCard: async (body) => (await opened).changeCard(body),
        }
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#isOver = true
    await Promise.all(this.#searches)
    const lines = await this.#lines
    await lines?.[Symbol.asyncDispose]()
  }

  async #open(parts: ChannelParts): Promise<SmartRobotChannel> {
    return (await this.#load()).channelOf(parts)
  }

  #search(hasRobot: () => Promise<boolean>): void {
    if (this.#lines !== undefined) return
    const search = this.#searchBy(hasRobot).finally(() => this.#searches.delete(search))
    this.#searches.add(search)
  }

  async #searchBy(hasRobot: () => Promise<boolean>): Promise<void> {
    // oxlint-disable-next-line promise/prefer-await-to-then -- where the store does not answer, the lines ask until it does
    const isWanted = await hasRobot().catch(() => true)
    if (isWanted && !this.#isOver) await this.#load()
  }

  #load(): Promise<RobotLines> {
    return (this.#lines ??= loadLines(this.#deps))
  }
}

async function loadLines(deps: RobotLinesDeps): Promise<RobotLines> {
  const { RobotLines } = await import("./robot-lines.ts")
  return new RobotLines(deps)
}
