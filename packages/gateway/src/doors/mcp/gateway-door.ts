/** How tools ask a gateway: the one in whose process they run, or one over HTTP. Either checks the key as for any request. */
export interface GatewayDoor {
  /** Whatever it answers. @throws {Error} in the user's language, when there is no answer */
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
  /** With its query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly idempotencyKey?: string
}

export interface DoorAnswer {
  readonly status: number
  /** As JSON; undefined where there is none. */
  readonly body: unknown
  /** Whether the gateway answered again what it had answered before. */
  readonly isReplayed: boolean
}
