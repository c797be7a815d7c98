import { TransportFault, WeComError } from "@wecom-push/sdk"
import type { LookAt, ReadReply } from "../model/ports/dispatcher.ts"
import { StorageError } from "../model/storage-error.ts"

interface Of<Seen, Progress> {
  /** Asks WeCom, and changes `progress` while it does. */
  readonly read: (progress: Progress) => Promise<Seen>
  readonly begin: () => Progress
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Data that is read from WeCom on request and kept in memory for a day. Requests that come during the reading get its
 * progress.
 */
export class KeptReading<Seen extends { readonly readAt: number }, Progress extends object> {
  readonly #of: Of<Seen, Progress>
  #seen: Seen | undefined
  #reading: { readonly progress: Progress; readonly ended: Promise<void> } | undefined
  #failure: { readonly errcode?: number; readonly errmsg?: string } | undefined

  constructor(of: Of<Seen, Progress>) {
    this.#of = of
  }

  /** Waits for a reading for at most `waitMs`, and answers with what is there then. */
  async look({ fresh, waitMs }: LookAt): Promise<ReadReply<Seen, Progress>> {
    const isDue = this.#seen === undefined || this.#of.now() - this.#seen.readAt >= KEPT_MS || fresh
    if (isDue && this.#reading === undefined) this.#begin()
    const reading = this.#reading
    // The copy of a day is the answer until the new one is there, unless the caller asked for a new one.
    if (reading !== undefined && (this.#seen === undefined || fresh)) await within(reading.ended, waitMs)
    return this.#reply()
  }

  #reply(): ReadReply<Seen, Progress> {
    const [seen, reading, failure] = [this.#seen, this.#reading, this.#failure]
    if (reading !== undefined) return { kind: "reading", seen, progress: { ...reading.progress } }
    if (seen !== undefined && failure === undefined) return { kind: "read", seen }
    return { kind: "failed", seen, failure: failure ?? {} }
  }

  #begin(): void {
    const progress = this.#of.begin()
    this.#reading = { progress, ended: this.#read(progress) }
  }

  async #read(progress: Progress): Promise<void> {
    try {
      this.#seen = await this.#of.read(progress)
      this.#failure = undefined
    } catch (error) {
      if (!FORESEEN.some((one) => error instanceof one)) throw error
      const { errcode, errmsg } = error instanceof WeComError ? error : {}
      this.#failure = { ...(errcode !== undefined && { errcode }), ...(errmsg !== undefined && { errmsg }) }
    } finally {
      this.#reading = undefined
    }
  }
}

const FORESEEN = [WeComError, TransportFault, StorageError]

const KEPT_MS = 24 * 3_600_000

async function within(ended: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([ended, promise])
  clearTimeout(timer)
}
