import { setTimeout as sleep } from "node:timers/promises"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import type { EventLog, StoredEvent } from "../../model/ports/events.ts"
import type { AppScope } from "../../model/ports/reader.ts"

export interface FollowedApps {
  readonly names: "all" | ReadonlySet<string>
  /** The same for all followers of the same apps. */
  readonly key: string
}

export function followedApps(apps: AppScope): FollowedApps {
  if (apps === "all") return { names: apps, key: apps }
  return { names: new Set(apps), key: JSON.stringify([...apps].toSorted()) }
}

export interface EventPage {
  /** The bytes to send; empty if nothing has happened in those apps. */
  readonly bytes: Uint8Array
  /** The page contains all events up to this one. */
  readonly upTo: number
  /** True if there are more events already. */
  readonly isFull: boolean
}

interface Kept {
  readonly id: number
  readonly app: string
  readonly text: string
  readonly messageApp: string | undefined
  /** The text for followers that do not hold the message's app, if that is not the event's app. */
  readonly withoutMessage: string
}

/**
 * Pages of events for all followers. New events are read from the log once for all followers, and serialized once: ten
 * readers that each read the events of 250 apps by themselves would take nine tenths of the gateway's capacity. A follower
 * that is further behind reads by itself.
 */
export class EventPages {
  readonly #log: EventLog
  /** All events after `#start` up to `#end`. */
  #kept: Kept[] = []
  /** The pages made since the last read, by where they begin and by apps. */
  readonly #pages = new Map<string, EventPage>()
  #keptLength = 0
  #start = 0
  #end = 0
  #readAt = -Infinity
  #isFull = false
  #next: Promise<boolean> | undefined
  /** Resolves when the present read has ended, also if it failed. */
  #reading: Promise<void> | undefined

  constructor(log: EventLog) {
    this.#log = log
  }

  /**
   * The events after `id`. They include all that had happened when this was called, except those that a full page leaves
   * out.
   */
  async after(id: number, apps: FollowedApps): Promise<EventPage> {
    if (performance.now() - this.#readAt > FORGOTTEN_AFTER_MS) await this.#beginAnew()
    if (id < this.#start) return this.#ownPage(id, apps)
    const isFull = await this.#readOn()
    if (id < this.#start) return this.#ownPage(id, apps)
    // Followers of the same apps have mostly reached the same event.
    const name = `${id} ${apps.key}`
    let page = this.#pages.get(name)
    if (page === undefined) this.#pages.set(name, (page = this.#page(id, apps, isFull)))
    return page
  }

  #page(id: number, { names }: FollowedApps, isFull: boolean): EventPage {
    let text = ""
    for (let index = this.#indexAfter(id); index < this.#kept.length; index++) {
      const event = this.#kept[index]
      if (event === undefined || (names !== "all" && !names.has(event.app))) continue
      text += knows(names, event) ? event.text : event.withoutMessage
      // Not more than this is kept for a client that does not read.
      if (text.length > LONG_PAGE) return { bytes: Buffer.from(text), upTo: event.id, isFull: true }
    }
    return { bytes: Buffer.from(text), upTo: Math.max(id, this.#end), isFull }
  }

  /** There was no follower for some time. Followers that are behind this point read by themselves. */
  async #beginAnew(): Promise<void> {
    const latest = await this.#log.latest()
    // Another caller has done this meanwhile.
    if (performance.now() - this.#readAt <= FORGOTTEN_AFTER_MS) return
    this.#kept = []
    this.#pages.clear()
    this.#keptLength = 0
    this.#start = this.#end = latest
    this.#readAt = performance.now()
  }

  /** A caller that asks before the next read begins gets the answer of that read. @returns whether there is more */
  #readOn(): Promise<boolean> {
    return (this.#next ??= this.#readSoon())
  }

  async #readSoon(): Promise<boolean> {
    await this.#reading
    const restMs = this.#isFull ? 0 : this.#readAt + GATHER_MS - performance.now()
    if (restMs > 0) await sleep(Math.min(restMs, GATHER_MS))
    this.#next = undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#reading = promise
    try {
      return await this.#read()
    } finally {
      resolve()
    }
  }

  async #read(): Promise<boolean> {
    const page = await this.#log.since(this.#end, { limit: PAGE, apps: "all" })
    for (const event of page) {
      const text = textOf(event)
      const { id, app, messageApp } = event
      const other = messageApp === undefined ? text : textOf(withoutMessage(event))
      this.#kept.push({ id, app, messageApp, text, withoutMessage: other })
      this.#keptLength += text.length
    }
    this.#end = page.at(-1)?.id ?? this.#end
    this.#readAt = performance.now()
    this.#isFull = page.length === PAGE
    this.#pages.clear()
    this.#forget()
    return this.#isFull
  }

  #forget(): void {
    let count = 0
    while (
      this.#kept.length - count > MOST_KEPT ||
      (this.#keptLength > MOST_LENGTH && count < this.#kept.length - PAGE)
    ) {
      const oldest = this.#kept[count++]
      this.#start = oldest?.id ?? this.#start
      this.#keptLength -= oldest?.text.length ?? 0
    }
    if (count > 0) this.#kept.splice(0, count)
  }

  #indexAfter(id: number): number {
    let [from, to] = [0, this.#kept.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#kept[middle]?.id ?? Infinity) <= id) from = middle + 1
      else to = middle
    }
    return from
  }

  async #ownPage(id: number, { names }: FollowedApps): Promise<EventPage> {
    const start = this.#start
    const page = await this.#log.since(id, { limit: OWN_PAGE, apps: names === "all" ? names : [...names] })
    const last = page.at(-1)?.id
    const isFull = page.length === OWN_PAGE
    // A page that is not full contains all events up to where the other followers are.
    return {
      bytes: Buffer.from(page.map((event) => textOf(knows(names, event) ? event : withoutMessage(event))).join("")),
      upTo: isFull && last !== undefined ? last : Math.max(last ?? id, start),
      isFull,
    }
  }
}

/** Whether the message of the event belongs to one of these apps: for other followers it does not exist. */
function knows(names: FollowedApps["names"], { messageApp }: { readonly messageApp?: string | undefined }): boolean {
  return names === "all" || messageApp === undefined || names.has(messageApp)
}

function withoutMessage(event: StoredEvent): StoredEvent {
  return { ...event, messageId: undefined }
}

/** The text of a server-sent event. */
function textOf({ id, at, type, app, messageId, data }: StoredEvent): string {
  const view = { id, at: formatRfc3339(at), type, app, message_id: messageId ?? null, data }
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(view)}\n\n`
}

const PAGE = 500
/** Events that happen within this time are read, and go out, together. */
const GATHER_MS = 200
const OWN_PAGE = 200
const LONG_PAGE = 64 * 1024
/** The events of some seconds at the highest rate. */
const MOST_KEPT = 5000
/** Events of WeCom's callbacks may be long. */
const MOST_LENGTH = 8 * 1024 * 1024
const FORGOTTEN_AFTER_MS = 10_000
