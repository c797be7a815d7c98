import type { TransportFault } from "../transport.ts"

/** A frame that WeCom sends without being asked. */
export interface IncomingFrame {
  readonly cmd: string
  /** The id by which a reply refers to it. */
  readonly reqId: string
  readonly body: Readonly<Record<string, unknown>>
}

/** WeCom's answer to a frame of ours. */
export interface FrameAnswer {
  readonly errcode: number
  /** Without secrets. */
  readonly errmsg: string
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Why a connection has ended. `replaced`: WeCom says that a newer connection of the same robot has come. `lost`: it
 * ended, or two pings got no answer. `closed`: we closed it.
 */
export type ConnectionEnd = "replaced" | "lost" | "closed"

/** A change of a robot's connection. */
export type BotState =
  | { readonly state: "connected" }
  /** WeCom says that a newer connection of the same robot has come; this one is not made again. */
  | { readonly state: "replaced" }
  /** The connection ended, could not be made, or was refused; the next try comes after `retryAfterMs`. */
  | { readonly state: "waiting"; readonly retryAfterMs: number; readonly why: ConnectionTrouble }
  | { readonly state: "closed" }

export type ConnectionTrouble =
  | { readonly kind: "lost" }
  | { readonly kind: "unreachable"; readonly fault: TransportFault }
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }

export const CONNECTION_LOST: ConnectionTrouble = { kind: "lost" }
