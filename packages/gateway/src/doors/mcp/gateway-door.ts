/**
 * The way from tools to a gateway: the gateway in the same process, or one over HTTP. Both check the key as for any request.
 */
export interface GatewayDoor {
  /** Returns every answer, also a refusal. @throws {Error} in the user's language, if there is no answer */
  ask(question: DoorQuestion): Promise<DoorAnswer>
  /**
   * The stream of `/v1/events`, after an event or from now on, until the signal aborts, which is no error.
   * @throws {Error} as above, also while it is read
   */
  events(after: string | undefined, signal: AbortSignal): Promise<DoorStream>
}

export type DoorStream = { readonly text: AsyncIterable<string> } | { readonly refusal: DoorAnswer }

export interface DoorQuestion {
  readonly method: "GET" | "POST"
  /** The path with its query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly idempotencyKey?: string
}

export interface DoorAnswer {
  readonly status: number
  /** Parsed JSON; undefined if there is none. */
  readonly body: unknown
  /** Whether the gateway repeated an earlier answer. */
  readonly isReplayed: boolean
}
