import type { StoredEvent } from "../../model/ports/events.ts"
import { StorageError } from "../../model/storage-error.ts"
import { RecentEvents } from "./recent-events.ts"
import type { Seen } from "./recent-events.ts"

export interface EventTailDeps {
  /** Those after `id`, oldest first, at most so many. */
  readonly read: (id: number, limit: number) => Promise<readonly StoredEvent[]>
  /** What was there already, oldest first: no listener is told of these. */
  readonly before: readonly Seen[]
  /**
   * The newest event that was read is not there any more, or another one has its number. Nothing is told after that.
   * @returns false where it was only deleted for its age
   */
  readonly onMissing: (seen: RecentEvents) => Promise<boolean>
}

/**
 * Tells of the events of all nodes, in their order, by reading them: when there is notice of new ones, and every two
 * seconds, since a notice may be lost with a connection that nobody has seen break.
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

  /** There may be new ones. */
  wake(): void {
    // Read again soon, unless the database was closed meanwhile.
    this.caughtUp().catch((error: unknown) => {
      if (!(error instanceof StorageError) && !this.#isEnded) throw error
    })
  }

  /**
   * Reads what there is by now.
   * @throws {StorageError}
   */
  async caughtUp(): Promise<void> {
    this.#isBehind = true
    while (this.#isBehind && !this.#isEnded) await (this.#reading ??= this.#catchUp())
  }

  async #catchUp(): Promise<void> {
    try {
      while (this.#isBehind && !this.#isEnded) {
        this.#isBehind = false
        // With the last one that was read, to see that it is there still.
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
