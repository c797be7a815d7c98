import type { Clock } from "@wecom-push/sdk"
import type { EventLog } from "../../model/ports/events.ts"
import type { MessageReader } from "../../model/ports/reader.ts"

/** Requests that wait for a message to be finished. */
export class Followers {
  readonly #reader: Pick<MessageReader, "message">
  readonly #clock: Clock
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #unsubscribe: () => void

  constructor(events: Pick<EventLog, "subscribe">, reader: Pick<MessageReader, "message">, clock: Clock) {
    this.#reader = reader
    this.#clock = clock
    this.#unsubscribe = events.subscribe(({ type, messageId }) => {
      if (type !== "message.finished" || messageId === undefined) return
      for (const tell of this.#waiting.get(messageId) ?? []) tell()
    })
  }

  /** @returns true when it is finished; false after `waitMs` at the latest */
  async finished(messageId: string, waitMs: number): Promise<boolean> {
    const controller = new AbortController()
    let isFinished = false
    const tell = (): void => {
      isFinished = true
      controller.abort()
    }
    const followers = this.#waiting.get(messageId) ?? new Set()
    followers.add(tell)
    this.#waiting.set(messageId, followers)
    try {
      // To listen first and read second leaves no gap.
      const summary = await this.#reader.message(messageId, { apps: "all", now: this.#clock.now() })
      if (summary?.finishedAt !== undefined) return true
      if (!isFinished) await this.#clock.sleep(waitMs, controller.signal)
    } catch (error) {
      if (!controller.signal.aborted) throw error
    } finally {
      followers.delete(tell)
      if (followers.size === 0) this.#waiting.delete(messageId)
    }
    return isFinished
  }

  close(): void {
    this.#unsubscribe()
  }
}
