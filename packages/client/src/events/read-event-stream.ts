/** One block of a stream of server-sent events. */
export interface ServerSentEvent {
  readonly id?: string
  readonly data?: string
}

/**
 * Splits a stream into blocks. A block counts once it is complete: one that is cut by a broken connection is left out.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11)
 */
export class EventStreamReader {
  #rest = ""
  #lines: string[] = []

  /** @returns the blocks that this piece of text completes */
  push(text: string): readonly ServerSentEvent[] {
    // The second half of a line end may come with the next piece.
    const whole = this.#rest + text
    const end = whole.endsWith("\r") ? whole.length - 1 : whole.length
    const lines = whole.slice(0, end).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? "") + whole.slice(end)
    const blocks: ServerSentEvent[] = []
    for (const line of lines) {
      if (line !== "") this.#lines.push(line)
      else if (this.#lines.length > 0) blocks.push(blockOf(this.#lines.splice(0)))
    }
    return blocks
  }
}

function blockOf(lines: readonly string[]): ServerSentEvent {
  let block: ServerSentEvent = {}
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "")
    if (name === "id" && !value.includes("\0")) block = { ...block, id: value }
    else if (name === "data") block = { ...block, data: block.data === undefined ? value : `${block.data}\n${value}` }
  }
  return block
}
