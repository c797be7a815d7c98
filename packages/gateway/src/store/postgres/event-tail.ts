import type { StoredEvent } from "../../model/ports/events.ts"
import { StorageError } from "../../model/storage-error.ts"
import { RecentEvents } from "./recent-events.ts"
import type { Seen } from "./recent-events.ts"

export interface EventTailDeps {
  /** Reads the events after `id`, oldest first, at most so many. */
  readonly read: (id: number, limit: number) => Promise<readonly StoredEvent[]>
  /** Events that existed before, oldest first: listeners do not get these. */
  readonly before: readonly Seen[]
  /**
   * The newest event that was read no longer exists, or another event has its number. No events follow after that.
   * @returns false where it was only deleted for its age
   */
  readonly onMissing: (seen: RecentEvents) => Promise<boolean>
}

/**
 * Passes on the events of all nodes, in order, by reading them: when there is a notice of new ones, and every two
 * seconds, since a notice may be lost with a connection whose end went unnoticed.
 */
export class EventTail implements Disposable {
  readonly #deps: EventTailDeps
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  readonly #timer: NodeJS.Timeout
  readonly #seen = new RecentEvents()
  #reading: Promise<void> | undefined
  #isBehind = false
  #isEnded = false

  constructor(deps: EventTailDeps) {
    this.#deps = deps
    for (const event of deps.before) this.#seen.add(event)
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref()
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    // Wrapped, so that one function may subscribe twice.
    const subscription = (event: StoredEvent): void => listener(event)
    this.#listeners.add(subscription)
    return () => this.#listeners.delete(subscription)
  }

  /** There may be new events. */
  wake(): void {
    // It reads again soon, unless the database was closed meanwhile.
    this.caughtUp().catch((error: unknown) => {
      if (!(error instanceof StorageError) && !this.#isEnded) throw error
    })
  }

  /** Reads all events up to now. @throws {StorageError} */
  async caughtUp(): Promise<void> {
    this.#isBehind = true
    while (this.#isBehind && !this.#isEnded) await (this.#reading ??= this.#catchUp())
  }

  async #catchUp(): Promise<void> {
    try {
      while (this.#isBehind && !this.#isEnded) {
        this.#isBehind = false
        // Reads again from the last event that was read, to check that it still exists.
        const last = this.#seen.newest
        const [first, ...others] = await this.#deps.read((last?.id ?? 1) - 1, PAGE)
        if (last !== undefined && !this.#seen.isNewest(first) && (await this.#deps.onMissing(this.#seen))) {
          this[Symbol.dispose]()
          return
        }
        const page = first === undefined || first.id === last?.id ? others : [first, ...others]
        if (others.length === PAGE - 1) this.#isBehind = true
        for (const event of page) {
          this.#seen.add(event)
          for (const listener of this.#listeners) listener(event)
        }
      }
    } finally {
      this.#reading = undefined
    }
  }

  [Symbol.dispose](): void {
    this.#isEnded = true
    clearInterval(this.#timer)
  }
}

const LOOK_EVERY_MS = 2000
const PAGE = 500
