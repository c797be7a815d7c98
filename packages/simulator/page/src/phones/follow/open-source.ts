import type { FeedEvent } from "../../../../src/phones/feed-events.ts"
import { readJson } from "../../shell/read-json.ts"

export interface SourceListener {
  readonly onOpen: () => void
  readonly onLost: () => void
  readonly onEvent: (name: FeedEvent["event"], event: MessageEvent<string>) => void
  /** Called with the id of a stream that several tabs share; with this id they say which phones they follow. */
  readonly onStream?: (id: string) => void
}

const NAMES: readonly FeedEvent["event"][] = ["phone", "changes", "arrived", "org", "reset"]
const RETRY_MS = 1000

/**
 * Keeps a stream open until the returned function is called. A browser does not reconnect to a server that was down;
 * this does.
 */
export function openSource(address: string, { onOpen, onLost, onEvent, onStream }: SourceListener): () => void {
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    source = new EventSource(address)
    source.addEventListener("open", onOpen)
    source.addEventListener("error", () => {
      onLost()
      source.close()
      clearTimeout(retry)
      retry = setTimeout(open, RETRY_MS)
    })
    source.addEventListener("stream", ({ data }: MessageEvent<string>) => onStream?.(readJson<string>(data)))
    for (const name of NAMES) source.addEventListener(name, (event: MessageEvent<string>) => onEvent(name, event))
  }
  open()
  return () => {
    clearTimeout(retry)
    source.close()
  }
}
