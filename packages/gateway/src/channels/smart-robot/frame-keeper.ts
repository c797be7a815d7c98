import type { Clock } from "@wecom-push/sdk"
import type { CallbackStore, NewCallback } from "../../model/ports/callbacks.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { ChannelMetrics } from "../../model/ports/metrics.ts"
import { StorageError } from "../../model/storage-error.ts"

export interface FrameKeeperDeps {
  readonly callbacks: Pick<CallbackStore, "keep">
  readonly clock: Pick<Clock, "sleep">
  readonly log: OperatorLog
  readonly metrics: ChannelMetrics
}

interface Waiting {
  readonly callback: NewCallback
  /** Called once the callback is stored. */
  readonly onKept: () => void
  /** The size of the callback's data as JSON. */
  readonly bytes: number
}

/** The most frames of all robots together that may wait for the database. */
export const MOST_WAITING = 1000
/** The most bytes of all waiting frames. Most frames have a few hundred bytes; one may have up to 256 KiB. */
export const MOST_WAITING_BYTES = 32 * 1024 * 1024
const AT_ONCE = 16
const AGAIN_MS = 1000

/**
 * Stores each frame for a smart robot before anything is done about it, because WeCom repeats no frame. While the database
 * is away, up to `MOST_WAITING` frames of `MOST_WAITING_BYTES` in all wait in memory; later ones are lost, counted and logged.
 */
export class FrameKeeper implements AsyncDisposable {
  readonly #deps: FrameKeeperDeps
  readonly #ending = new AbortController()
  /** Oldest first, including those that are being stored. */
  readonly #waiting = new Set<Waiting>()
  #waitingBytes = 0
  /** How many were lost since the database last worked. */
  #lost = 0
  #work: Promise<void> | undefined

  constructor(deps: FrameKeeperDeps) {
    this.#deps = deps
  }

  take(callback: NewCallback, onKept: () => void): void {
    const bytes = Buffer.byteLength(JSON.stringify(callback.data))
    const isFull = this.#waiting.size >= MOST_WAITING || this.#waitingBytes + bytes > MOST_WAITING_BYTES
    if (isFull || this.#ending.signal.aborted) return this.#lose(callback.app)
    this.#waiting.add({ callback, onKept, bytes })
    this.#waitingBytes += bytes
    this.#work ??= this.#keepAll().finally(() => (this.#work = undefined))
  }

  /** Tries once more to store the waiting frames. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#work
    for (const { callback } of this.#waiting) this.#lose(callback.app)
    this.#waiting.clear()
    this.#report()
  }

  async #keepAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const some = this.#firstOfEach()
      const kept = await Promise.all(some.map((one) => this.#keep(one)))
      const done = some.filter((_, index) => kept[index])
      for (const one of done) this.#waiting.delete(one)
      this.#waitingBytes -= bytesOf(done)
      if (done.length === some.length) {
        this.#report()
        continue
      }
      if (this.#ending.signal.aborted) return
      // An end stops the pause, which is no error.
      await this.#deps.clock.sleep(AGAIN_MS, this.#ending.signal).catch(() => undefined)
    }
  }

  /** The oldest of each conversation: stored at the same time, two of one would become events in any order. */
  #firstOfEach(): readonly Waiting[] {
    const first = new Map<string, Waiting>()
    for (const one of this.#waiting) {
      const conversation = conversationOf(one.callback)
      if (!first.has(conversation)) first.set(conversation, one)
      if (first.size === AT_ONCE) break
    }
    return [...first.values()]
  }

  /** @returns false where the database could not store it */
  async #keep({ callback, onKept }: Waiting): Promise<boolean> {
    try {
      if ((await this.#deps.callbacks.keep(callback)) === "kept") onKept()
    } catch (error) {
      if (error instanceof StorageError && !error.isOfChange) return false
      // The database works, but it would refuse this frame each time, and the frame would delay all that follow.
      this.#deps.log.error({ err: error, app: callback.app }, "could not store a frame of a smart robot")
    }
    return true
  }

  #lose(app: string): void {
    this.#deps.metrics.frameLost(app)
    if (this.#lost++ > 0) return
    const sentence = "the database is away and the memory for frames of smart robots is full; further ones are lost"
    this.#deps.log.error({ app, most: MOST_WAITING, mostBytes: MOST_WAITING_BYTES }, sentence)
  }

  #report(): void {
    if (this.#lost === 0) return
    this.#deps.log.warn({ frames: this.#lost }, "frames of smart robots were lost while the database was away")
    this.#lost = 0
  }
}

function bytesOf(frames: readonly Waiting[]): number {
  return frames.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The robot, and the group or the member. */
function conversationOf({ app, data: { chatid, userid } }: NewCallback): string {
  return JSON.stringify([app, chatid ?? userid])
}
