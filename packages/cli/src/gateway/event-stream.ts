import { createParser } from "eventsource-parser"

export interface ServerSentEvent {
  /** Undefined: the place to continue from does not change. */
  readonly id: string | undefined
  readonly event: string
  /** Empty when there is only an id: it is the place to continue from, without an event. */
  readonly data: string
}

/** Reads server-sent events from a stream of text, however it is split. */
export async function* readEvents(stream: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let read: ServerSentEvent[] = []
  const parser = createParser({
    onId: (id) => read.push({ id, event: "message", data: "" }),
    onEvent: ({ id, event = "message", data }) => {
      // Its id was just reported as a place without an event.
      if (id !== undefined) read.pop()
      read.push({ id, event, data })
    },
  })
  for await (const text of stream) {
    parser.feed(text)
    yield* read
    read = []
  }
}
