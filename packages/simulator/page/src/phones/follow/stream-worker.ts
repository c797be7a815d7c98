// The shared worker of all tabs: it holds the one stream of events, tells the simulator which phones they follow, and hands
// each event to the tab that it is of.
import type { FeedEvent } from "../../../../src/phones/feed-events.ts"
import { openSource } from "./open-source.ts"

/** What a tab says: whose phone it follows, as in the query of a stream of its own; null when it follows none any more. */
export type Wish = string | null

/** What a tab gets: an event, and the JSON of its data. */
export type Told = "open" | "lost" | readonly [name: FeedEvent["event"], data: string]

interface Page {
  readonly port: MessagePort
  readonly query: string
}

const SHARED = "/_sim/events/shared"

/** By the name under which the simulator knows them. */
const pages = new Map<string, Page>()
let named = 0
let closeStream: (() => void) | undefined
let streamId: string | undefined
let isLost = false
let telling: Promise<void> = Promise.resolve()

globalThis.addEventListener("connect", (event) => {
  const [port] = event instanceof MessageEvent ? event.ports : []
  if (port === undefined) return
  let name: string | undefined
  port.addEventListener("message", ({ data: query }: MessageEvent<Wish>) => {
    if (name !== undefined) pages.delete(name)
    name = query === null ? undefined : String(++named)
    if (name !== undefined && query !== null) pages.set(name, { port, query })
    if (isLost) tell(port, "lost")
    changed()
  })
  port.start()
})

function changed(): void {
  if (pages.size === 0) {
    closeStream?.()
    closeStream = undefined
    streamId = undefined
    isLost = false
  } else {
    closeStream ??= open()
    follow()
  }
}

function open(): () => void {
  return openSource(SHARED, {
    onOpen: () => {
      isLost = false
      tellAll("open")
    },
    onLost: () => {
      isLost = true
      streamId = undefined
      tellAll("lost")
    },
    onStream: (id) => {
      streamId = id
      follow()
    },
    onEvent: (name, { data, lastEventId }) => {
      const page = pages.get(lastEventId)
      if (page !== undefined) tell(page.port, [name, data])
    },
  })
}

/** One after the other: the last one counts. */
function follow(): void {
  telling = telling.then(tellSimulator)
}

async function tellSimulator(): Promise<void> {
  if (streamId === undefined) return
  const followed = [...pages].map(([page, { query }]) => ({ page, query }))
  try {
    await fetch(`${SHARED}/${streamId}`, { method: "PUT", body: JSON.stringify({ pages: followed }) })
  } catch {
    // The stream is lost as well, and its end is seen by itself.
  }
}

function tellAll(what: Told): void {
  for (const { port } of pages.values()) tell(port, what)
}

function tell(port: MessagePort, what: Told): void {
  port.postMessage(what)
}
