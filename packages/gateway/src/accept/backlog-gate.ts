import type { MessageReader } from "../ports/reader.ts"
import { Problem } from "../problems/problem.ts"

/** Closes the door while more messages wait than the gateway was made for. Looks at most once a second. */
export class BacklogGate {
  readonly #reader: Pick<MessageReader, "backlog">
  readonly #limit: number
  #unfinished = 0
  #lookAgainAt = -Infinity

  constructor(reader: Pick<MessageReader, "backlog">, limitMessages: number) {
    this.#reader = reader
    this.#limit = limitMessages
  }

  /**
   * At once, unless it is time to look.
   * @throws {Problem} `backlog_full`
   */
  pass(now: number): Promise<void> | undefined {
    // Too far ahead it is after the clock was set back.
    if (now >= this.#lookAgainAt || now < this.#lookAgainAt - LOOK_EVERY_MS) return this.#lookAndPass(now)
    this.#count()
    return undefined
  }

  async #lookAndPass(now: number): Promise<void> {
    this.#lookAgainAt = now + LOOK_EVERY_MS
    const views = await this.#reader.backlog(now)
    this.#unfinished = views.reduce((sum, { unfinished }) => sum + unfinished, 0)
    this.#count()
  }

  #count(): void {
    if (this.#unfinished >= this.#limit) throw new Problem("backlog_full", { retryAfterSeconds: RETRY_AFTER_SECONDS })
    // Between two looks what is let in counts, what is finished does not.
    this.#unfinished++
  }
}

const LOOK_EVERY_MS = 1000
const RETRY_AFTER_SECONDS = 30
