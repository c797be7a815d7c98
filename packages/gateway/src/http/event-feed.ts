import type { EventLog, StoredEvent } from "../ports/events.ts"
import type { AppScope } from "../ports/reader.ts"

/**
 * The events after a certain one, without end. Read out of the log and never out of the notice of a new one: so none is
 * missed, none comes twice, and none is kept in memory for a slow reader.
 */
export class EventFeed implements Disposable {
  readonly #events: EventLog
  readonly #apps: AppScope
  readonly #unsubscribe: () => void
  readonly #recheck: NodeJS.Timeout
  #last: number
  #newest: number
  #isOpen = true
  #isRaised = false
  #wake: (() => void) | undefined

  constructor(events: EventLog, { after, apps }: { readonly after: number; readonly apps: AppScope }) {
    this.#events = events
    this.#apps = apps
    this.#last = after
    this.#newest = after
    this.#unsubscribe = events.subscribe(({ id }) => {
      this.#newest = id
      this.#raise()
    })
    this.#recheck = setInterval(() => this.#raise(), RECHECK_MS).unref()
  }

  /**
   * Page by page; ends when the feed is closed.
   * @param mayGoOn asked before each page, and once a second while there is none
   */
  async *pages(mayGoOn: () => Promise<boolean>): AsyncGenerator<readonly StoredEvent[]> {
    while (this.#isOpen && (await mayGoOn())) {
      const seen = this.#newest
      const page = await this.#events.since(this.#last, { limit: PAGE, apps: this.#apps })
      const last = page.at(-1)
      if (last === undefined) {
        // What lies before it belongs to other apps.
        this.#last = Math.max(this.#last, seen)
        await this.#raised()
      } else {
        this.#last = last.id
        yield page
      }
    }
  }

  close(): void {
    this.#isOpen = false
    this.#raise()
  }

  [Symbol.dispose](): void {
    this.close()
    clearInterval(this.#recheck)
    this.#unsubscribe()
  }

  #raise(): void {
    this.#isRaised = true
    this.#wake?.()
  }

  async #raised(): Promise<void> {
    if (!this.#isRaised) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#isRaised = false
  }
}

const PAGE = 200
const RECHECK_MS = 1000
