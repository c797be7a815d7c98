// The shared worker of all tabs: it holds the one stream of events, tells the simulator which phones the tabs follow,
// and passes each event to its tab.
import type { FeedEvent } from "../../../../src/phones/feed-events.ts"
import { openSource } from "./open-source.ts"

/** A tab's wish: the query for the phone that it follows, as for a stream of its own; null when it follows none any more. */
export type Wish = string | null

/** A message to a tab: the state of the stream, or an event with the JSON of its data. */
export type Told = "open" | "lost" | readonly [name: FeedEvent["event"], data: string]

interface Page {
  readonly port: MessagePort
  readonly query: string
}

const SHARED = "/_sim/events/shared"

/** The tabs, by the names under which the simulator knows them. */
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

/** The requests are made one after another, so that the last one counts. */
function follow(): void {
  telling = telling.then(tellSimulator)
}

async function tellSimulator(): Promise<void> {
  if (streamId === undefined) return
  const followed = [...pages].map(([page, { query }]) => ({ page, query }))
  try {
    await fetch(`${SHARED}/${streamId}`, { method: "PUT", body: JSON.stringify({ pages: followed }) })
  } catch {
    // The stream is lost as well, and its own error event handles that.
  }
}

function tellAll(what: Told): void {
  for (const { port } of pages.values()) tell(port, what)
}

function tell(port: MessagePort, what: Told): void {
  port.postMessage(what)
}
