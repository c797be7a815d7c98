export interface ServerSentEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/**
 * Reads server-sent events out of a stream of text, however it is cut. One that has an id and no data tells only from
 * where to go on. Comments and fields without meaning here are
 * passed over.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(stream: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let rest = ""
  let fields: { id?: string; event?: string; data: string[] } = { data: [] }
  for await (const text of stream) {
    const lines = (rest + text).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      const written = line.endsWith("\r") ? line.slice(0, -1) : line
      if (written !== "") {
        take(fields, written)
        continue
      }
      if (fields.data.length > 0 || fields.id !== undefined) {
        yield { id: fields.id, event: fields.event ?? "message", data: fields.data.join("\n") }
      }
      fields = { data: [] }
    }
  }
}

function take(fields: { id?: string; event?: string; data: string[] }, line: string): void {
  const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
  if (name === "data") fields.data.push(value)
  else if (name === "id") fields.id = value
  else if (name === "event") fields.event = value
}
