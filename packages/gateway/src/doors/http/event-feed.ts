import type { EventLog } from "../../model/ports/events.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import { followedApps } from "./event-pages.ts"
import type { EventPage, EventPages, FollowedApps } from "./event-pages.ts"

/**
 * All events after a given one, without end. It reads them from the log, not from the notices of new events: so none is
 * missed, none comes twice, and none is kept in memory for a slow reader.
 */
export class EventFeed implements Disposable {
  readonly #pages: EventPages
  readonly #apps: FollowedApps
  readonly #unsubscribe: () => void
  readonly #recheck: NodeJS.Timeout
  #last: number
  #isOpen = true
  #isRaised = false
  #wake: (() => void) | undefined

  constructor(
    { events, pages }: { readonly events: EventLog; readonly pages: EventPages },
    { after, apps }: { readonly after: number; readonly apps: AppScope },
  ) {
    this.#pages = pages
    this.#apps = followedApps(apps)
    this.#last = after
    this.#unsubscribe = events.subscribe(() => this.#raise())
    this.#recheck = setInterval(() => this.#raise(), RECHECK_MS).unref()
  }

  /**
   * Yields pages as they go out; ends when the feed is closed.
   * @param mayContinue asked before each page goes out, and once a second while there is none
   */
  async *pages(mayContinue: () => Promise<boolean>): AsyncGenerator<Uint8Array> {
    while (this.#isOpen) {
      const page = await this.#next()
      // Asked after the read, which may have waited: nothing may go out to a reader that has lost its right.
      if (page === undefined || !this.#isOpen || !(await mayContinue())) return
      this.#last = page.upTo
      if (page.bytes.length > 0) yield page.bytes
      if (!page.isFull) await this.#raised()
    }
  }

  /** @returns undefined if the feed was closed meanwhile, because then the log may be closed too */
  async #next(): Promise<EventPage | undefined> {
    try {
      return await this.#pages.after(this.#last, this.#apps)
    } catch (error) {
      if (this.#isOpen) throw error
      return undefined
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

const RECHECK_MS = 1000
