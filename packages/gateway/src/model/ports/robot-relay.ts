/** A frame that another gateway is to send: the one that has the connections of smart robots. */
export interface RelayedFrame {
  readonly app: string
  readonly cmd: string
  /** JSON, which goes out as it is. */
  readonly body: string
  /** The id of the frame that it answers. */
  readonly reqId: string
}

export type RelayedAnswer =
  | {
      readonly kind: "answer"
      readonly errcode: number
      readonly errmsg: string
      readonly body: Readonly<Record<string, unknown>>
    }
  /** No bytes went out. */
  | { readonly kind: "not_sent" }
  /** The frame went out, or may have, and its answer is not known. */
  | { readonly kind: "unknown" }

/**
 * Passes frames from gateways without connections of robots to the gateway that has them. Only for frames that are
 * worthless seconds later.
 */
export interface RobotRelay {
  /** Resolves within seconds, also where no gateway has the connections of robots. */
  ask(frame: RelayedFrame): Promise<RelayedAnswer>
  /**
   * @param takes whether this gateway has the connections of robots now: only then it gets frames
   * @returns a function that ends the service
   */
  serve(takes: () => boolean, send: (frame: RelayedFrame) => Promise<RelayedAnswer>): () => void
}

/** The relay where only one gateway uses the store. */
export const NO_RELAY: RobotRelay = {
  ask: () => Promise.resolve({ kind: "not_sent" }),
  serve: () => () => undefined,
}
