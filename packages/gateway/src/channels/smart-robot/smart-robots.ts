import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { ChannelParts, Channels } from "../channels.ts"
import type { RobotLines, RobotLinesDeps } from "./robot-lines.ts"
import type { SmartRobotChannel } from "./smart-robot.ts"

/** Smart robots, whose code is loaded when the first of them is registered: most gateways have none. */
export class SmartRobots implements AsyncDisposable {
  readonly #deps: RobotLinesDeps
  readonly #loadLines: (deps: RobotLinesDeps) => Promise<RobotLines>
  readonly #unsubscribe: () => void
  /** Searches for the first robot. */
  readonly #searches = new Set<Promise<void>>()
  #lines: Promise<RobotLines> | undefined
  #isOver = false

  constructor(deps: RobotLinesDeps, load = loadLines) {
    this.#deps = deps
    this.#loadLines = load
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
        // Where the robots are registered already their code is loaded, or being loaded: `#search` has seen to that.
        let opened: Promise<SmartRobotChannel> | undefined
        const channel = async (): Promise<SmartRobotChannel> => {
          try {
            return await (opened ??= this.#open(parts))
          } catch (error) {
            opened = undefined
            throw error
          }
        }
        return {
          kind: SMART_ROBOT,
          send: async (call) => (await channel()).send(call),
          upload: async (file) => (await channel()).upload(file),
          changeCard: async (body) => (await channel()).changeCard(body),
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
    if (!isWanted || this.#isOver) return
    try {
      await this.#load()
    } catch (error) {
      // As where another version was installed in its place, whose files have other names.
      this.#deps.log.error({ err: error }, "could not load the code of smart robots; start the gateway again")
    }
  }

  async #load(): Promise<RobotLines> {
    try {
      return await (this.#lines ??= this.#loadLines(this.#deps))
    } catch (error) {
      this.#lines = undefined
      throw error
    }
  }
}

async function loadLines(deps: RobotLinesDeps): Promise<RobotLines> {
  const { RobotLines } = await import("./robot-lines.ts")
  return new RobotLines(deps)
}
