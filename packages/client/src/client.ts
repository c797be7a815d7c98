import createClient from "openapi-fetch"
import type { Client } from "openapi-fetch"
import type { paths } from "./api.ts"
import { Deadline } from "./deadline.ts"
import { follow } from "./events/follow.ts"
import type { FollowOptions } from "./events/follow.ts"
import type { GatewayEvent } from "./events/event.ts"
import { Gateways } from "./gateways.ts"
import { newIdempotencyKey } from "./idempotency-key.ts"
import type { AcceptedMessage, BatchItem, BatchResult, Message, MessageDetail, Recipient } from "./messages.ts"
import { ANY_GATEWAY, patientFetch } from "./patient-fetch.ts"
import { pause } from "./pause.ts"

export interface GatewayClientOptions {
  /** The address of the gateway; for several gateways that share a database all addresses, since any of them can answer. */
  readonly baseUrl: string | readonly string[]
  /** The API key, `wp_…`. */
  readonly key: string
  /** The language of problems; English unless given. */
  readonly language?: "en" | "zh"
  /** How many milliseconds a call may take with all its repeats; 60,000 unless given. */
  readonly withinMs?: number
  /** How many milliseconds one gateway may take to answer; 15,000 unless given. */
  readonly tryMs?: number
  /** Used in place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

export interface CallOptions {
  /** Overrides the client's `withinMs`. */
  readonly withinMs?: number
  /** When it is aborted, the call rejects at once with the signal's reason. The request may have arrived. */
  readonly signal?: AbortSignal
}

export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters, one key for each message; made at random unless given. All repeats of the call
   * have the same key.
   */
  readonly idempotencyKey?: string
  /** A `traceparent` of W3C Trace Context: the trace that the message belongs to. An invalid one is ignored. */
  readonly traceparent?: string
  /** The `tracestate` that belongs to `traceparent`. */
  readonly tracestate?: string
}

export interface RecipientsOptions extends CallOptions {
  /** Only recipients in this state. */
  readonly state?: Recipient["state"]
}

/** A gateway, or several that share a database, called over HTTP. Calls are repeated as the gateway's answers allow. */
export class GatewayClient {
  /**
   * Every route of the gateway, with types from its API description: `api.GET("/v1/apps/{name}", …)`. Repeats and
   * throws as the other methods do. A request that changes something is repeated only when the gateway says that
   * nothing was done.
   */
  readonly api: Client<paths>
  readonly #options: GatewayClientOptions
  readonly #gateways: Gateways

  constructor(options: GatewayClientOptions) {
    this.#options = options
    this.#gateways = new Gateways(options.baseUrl)
    this.api = createClient<paths>({
      baseUrl: ANY_GATEWAY,
      headers: this.#headers(),
      fetch: (request) => this.#patiently(request, {}, SAFE_METHODS.has(request.method)),
    })
  }

  /**
   * Gives a message to the gateway. Resolves when the gateway has stored it, not when it has been sent.
   * @throws {ProblemError} refused
   * @throws {UnreachableError} no answer in time: the gateway may have accepted it; sent again with the same key it is
   * the same message
   */
  async send(
    message: Message,
    { idempotencyKey = newIdempotencyKey(), traceparent, tracestate, ...options }: SendOptions = {},
  ): Promise<AcceptedMessage> {
    const { data } = await this.api.POST("/v1/messages", {
      body: message,
      headers: {
        "idempotency-key": idempotencyKey,
        ...(traceparent && { traceparent }),
        ...(tracestate && { tracestate }),
      },
      ...this.#repeated(options),
    })
    return present(data)
  }

  /** Gives many messages to the gateway at once. A refused message has its `problem`, and does not stop the others. */
  async sendMany(messages: readonly BatchItem[], options: CallOptions = {}): Promise<readonly BatchResult[]> {
    const keyed = messages.map((message) => ({
      ...message,
      idempotency_key: message.idempotency_key ?? newIdempotencyKey(),
    }))
    const { data } = await this.api.POST("/v1/messages/batch", { body: keyed, ...this.#repeated(options) })
    return present(data)
  }

  async message(id: string, options: CallOptions = {}): Promise<MessageDetail> {
    const { data } = await this.api.GET("/v1/messages/{id}", { params: { path: { id } }, ...this.#repeated(options) })
    return present(data)
  }

  /**
   * Returns the message when every recipient has a final state, or when the time is up: look at `recipients.pending`.
   * @param options.withinMs how many milliseconds to wait, the client's `withinMs` unless given
   */
  async waitFor(id: string, options: CallOptions = {}): Promise<MessageDetail> {
    const deadline = new Deadline(this.#withinMs(options))
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.5, MOST_LOOK_MS)) {
      // The last request may take as long as any call, so that a slow answer does not count as missing.
      const message = await this.message(id, { ...options, withinMs: Math.max(deadline.remainingMs, LAST_LOOK_MS) })
      if (message.recipients.pending === 0 || deadline.remainingMs === 0) return message
      await pause(Math.min(waitMs, deadline.remainingMs), options.signal)
    }
  }

  /** The result of each recipient, in the order in which the message names them. */
  async *recipients(
    id: string,
    { state, ...options }: RecipientsOptions = {},
  ): AsyncGenerator<Recipient, void, undefined> {
    let cursor: string | undefined
    do {
      const { data } = await this.api.GET("/v1/messages/{id}/recipients", {
        params: { path: { id }, query: { limit: PAGE, ...(state && { state }), ...(cursor && { cursor }) } },
        ...this.#repeated(options),
      })
      const page = present(data)
      yield* page.items
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
  }

  /**
   * Yields events as they happen: from now on, or after the named event. When a connection breaks, the next gateway
   * continues after the last event that was read, so no event that is still kept is missed or comes twice.
   * An event `reset` says that some events were missed: see its type.
   * @throws {ProblemError} refused
   * @throws {UnreachableError} no gateway answered for `withinMs`
   */
  events(options: FollowOptions = {}): AsyncGenerator<GatewayEvent, void, undefined> {
    return follow({ gateways: this.#gateways, fetch: this.#fetch, headers: this.#headers() }, options)
  }

  get #fetch(): typeof globalThis.fetch {
    return this.#options.fetch ?? globalThis.fetch
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#options.key}`, "accept-language": this.#options.language ?? "en" }
  }

  #withinMs({ withinMs = this.#options.withinMs ?? WITHIN_MS }: CallOptions): number {
    return withinMs
  }

  /** For requests that may be made twice. */
  #repeated(options: CallOptions): { readonly fetch: (request: Request) => Promise<Response> } {
    return { fetch: (request) => this.#patiently(request, options, true) }
  }

  #patiently(request: Request, options: CallOptions, isSafe: boolean): Promise<Response> {
    const deadline = new Deadline(this.#withinMs(options))
    const { signal = request.signal } = options
    const reach = { gateways: this.#gateways, fetch: this.#fetch }
    return patientFetch(request, reach, { deadline, tryMs: this.#options.tryMs ?? TRY_MS, isSafe, signal })
  }
}

const WITHIN_MS = 60_000
const TRY_MS = 15_000
const PAGE = 1000
const FIRST_LOOK_MS = 100
const MOST_LOOK_MS = 5000
const LAST_LOOK_MS = 5000
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"])

/** Every answer that is not good has already thrown an error. */
function present<T>(data: T | undefined): T {
  if (data === undefined) throw new TypeError("the gateway's answer is empty")
  return data
}
