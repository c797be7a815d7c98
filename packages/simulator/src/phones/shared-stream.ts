import { randomUUID } from "node:crypto"
import type { World } from "../world.ts"
import type { FeedEvent } from "./feed-events.ts"
import { PhoneFeed } from "./phone-feed.ts"
import type { TimelineFilter } from "./timeline.ts"

/** An event as it goes out: its id names the page. */
interface SharedEvent {
  readonly id?: string
  readonly event: FeedEvent["event"] | "stream"
  readonly data: unknown
}

/** Which phone a page follows. */
export interface PageWish {
  /** As in the query of the page's own stream; tells whether it is still the same wish. */
  readonly query: string
  readonly filter: TimelineFilter
}

/** The events of all open pages of a browser, which opens six connections to a host and no more. */
export class SharedStream {
  /** By which the pages say what they follow. */
  readonly id = randomUUID()
  readonly #world: World
  readonly #send: (event: SharedEvent) => Promise<void>
  readonly #feeds = new Map<string, { readonly query: string; readonly feed: PhoneFeed }>()
  #sent: Promise<void>

  /** @param send resolves when the browser has room for the next event */
  constructor(world: World, send: (event: SharedEvent) => Promise<void>) {
    this.#world = world
    this.#send = send
    this.#sent = send({ event: "stream", data: this.id })
  }

  /** @param wishes of all pages; those that are not among them any more are not followed any longer */
  follow(wishes: ReadonlyMap<string, PageWish>): void {
    for (const [page, { query }] of this.#feeds) if (wishes.get(page)?.query !== query) this.#leave(page)
    for (const [page, { query, filter }] of wishes) {
      if (this.#feeds.has(page)) continue
      const feed = new PhoneFeed(this.#world, filter, (event) => this.#sendNext({ ...event, id: page }))
      this.#feeds.set(page, { query, feed })
    }
  }

  close(): void {
    for (const page of this.#feeds.keys()) this.#leave(page)
  }

  #leave(page: string): void {
    this.#feeds.get(page)?.feed.close()
    this.#feeds.delete(page)
  }

  /** One after the other, though the phones know nothing of each other. */
  #sendNext(event: SharedEvent): Promise<void> {
    this.#sent = this.#sent.then(() => this.#send(event))
    return this.#sent
  }
}
