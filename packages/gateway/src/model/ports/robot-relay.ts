/** A frame that another gateway is to send: the one that has the connections of smart robots. */
export interface RelayedFrame {
  readonly app: string
  readonly cmd: string
  /** JSON, which goes out as it is. */
  readonly body: string
  /** Of the frame that it answers. */
  readonly reqId: string
}

export type RelayedAnswer =
  | {
      readonly kind: "answer"
      readonly errcode: number
      readonly errmsg: string
      readonly body: Readonly<Record<string, unknown>>
    }
  /** Nothing left. */
  | { readonly kind: "not_sent" }
  /** It left, or may have, and nothing is known of its answer. */
  | { readonly kind: "unknown" }

/** From gateways that have no connection of a robot to the one that has. For what is worth nothing seconds later. */
export interface RobotRelay {
  /** Resolves within seconds, also where no gateway has the robots. */
  ask(frame: RelayedFrame): Promise<RelayedAnswer>
  /**
   * @param takes whether this gateway has the robots now: only then it is handed frames
   * @returns a function that ends it
   */
  serve(takes: () => boolean, send: (frame: RelayedFrame) => Promise<RelayedAnswer>): () => void
}

/** Of the only gateway on its store. */
export const NO_RELAY: RobotRelay = {
  ask: () => Promise.resolve({ kind: "not_sent" }),
  serve: () => () => undefined,
}
