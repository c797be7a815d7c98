import type { StoredEvent } from "../../ports/events.ts"
import { StorageError } from "../../domain/storage-error.ts"

export interface EventTailDeps {
  /** Those after `id`, oldest first, at most so many. */
  readonly read: (id: number, limit: number) => Promise<readonly StoredEvent[]>
  /** Id of the newest that nobody needs to be told of. */
  readonly from: number
}

/**
 * Tells of the events of all nodes, in their order, by reading them: when there is notice of new ones, and every two
 * seconds, since a notice may be lost with a connection that nobody has seen break.
 */
export class EventTail implements Disposable {
  readonly #read: EventTailDeps["read"]
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  readonly #timer: NodeJS.Timeout
  #last: number
  #isReading = false
  #isBehind = false
  #isEnded = false

  constructor({ read, from }: EventTailDeps) {
    this.#read = read
    this.#last = from
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
    this.#isBehind = true
    if (!this.#isReading && !this.#isEnded) void this.#catchUp()
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true
    try {
      while (this.#isBehind && !this.#isEnded) {
        this.#isBehind = false
        const page = await this.#read(this.#last, PAGE)
        if (page.length === PAGE) this.#isBehind = true
        for (const event of page) {
          this.#last = event.id
          for (const listener of this.#listeners) listener(event)
        }
      }
    } catch (error) {
      // Read again soon, unless the database was closed meanwhile.
      if (!(error instanceof StorageError) && !this.#isEnded) throw error
    } finally {
      this.#isReading = false
    }
  }

  [Symbol.dispose](): void {
    this.#isEnded = true
    clearInterval(this.#timer)
  }
}

const LOOK_EVERY_MS = 2000
const PAGE = 500
