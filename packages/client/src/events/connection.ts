import { problemOf, unexpectedAnswer } from "../errors.ts"
import type { Gateways } from "../gateways.ts"
import { limited } from "../limited.ts"
import { EventStreamReader } from "./read-event-stream.ts"
import type { ServerSentEvent } from "./read-event-stream.ts"

export interface FollowReach {
  readonly gateways: Gateways
  readonly fetch: typeof globalThis.fetch
  readonly headers: Readonly<Record<string, string>>
}

/** One connection to a gateway's stream of events. */
export class Connection {
  readonly #url: string
  readonly #reach: FollowReach
  readonly #leaving = new AbortController()

  constructor(url: string, reach: FollowReach) {
    this.#url = url
    this.#reach = reach
  }

  /** Yields blocks until the connection ends or breaks. @param last the id after which to continue */
  async *blocks(
    last: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ServerSentEvent, void, undefined> {
    const { body } = await this.#inTime(ANSWER_MS, signal, () => this.#ask(last))
    if (body === null) return
    const chunks = body.pipeThrough(new TextDecoderStream()).getReader()
    const reader = new EventStreamReader()
    for (;;) {
      const { done, value } = await this.#inTime(SILENCE_MS, signal, () => chunks.read())
      if (done) return
      yield* reader.push(value)
    }
  }

  close(): void {
    this.#leaving.abort(new Error("the connection is closed"))
  }

  async #ask(last: string | undefined): Promise<Response> {
    const { headers, fetch } = this.#reach
    const response = await fetch(`${this.#url}/v1/events`, {
      headers: { ...headers, accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": last }) },
      signal: this.#leaving.signal,
      cache: "no-store",
    })
    if (!response.ok) throw await problemOf(response)
    if (response.headers.get("content-type")?.startsWith("text/event-stream") === true) return response
    throw unexpectedAnswer(response.status, await response.text())
  }

  /** Without a limit, a connection whose other end has disappeared without closing it would be waited for without end. */
  #inTime<T>(ms: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return limited(ms, signal, (limit) => {
      limit.addEventListener("abort", () => this.#leaving.abort(limit.reason), { once: true })
      return work()
    })
  }
}

const ANSWER_MS = 15_000
/** The gateway sends something every 30 seconds. */
const SILENCE_MS = 75_000
