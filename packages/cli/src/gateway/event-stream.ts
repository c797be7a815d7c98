import { createParser } from "eventsource-parser"

export interface ServerSentEvent {
  /** Undefined: the place to continue from stays where it was. */
  readonly id: string | undefined
  readonly event: string
  /** Empty where there is only an id: the place to continue from, without an event. */
  readonly data: string
}

/** Reads server-sent events out of a stream of text, however it is cut. */
export async function* readEvents(stream: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let read: ServerSentEvent[] = []
  const parser = createParser({
    onId: (id) => read.push({ id, event: "message", data: "" }),
    onEvent: ({ id, event = "message", data }) => {
      // Its id came just before, as that of a place without an event.
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
