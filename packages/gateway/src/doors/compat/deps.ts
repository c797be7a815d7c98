import type { HttpDeps } from "../kit/deps.ts"
import type { PlainRefusal, SendRead, SendReading } from "./send/read-send.ts"
import type { GatewayTokens } from "./gateway-tokens.ts"
import type { Pauses } from "./pauses.ts"

/** Parts of the gateway that the qyapi paths use. */
export interface CompatDeps extends Pick<
  HttpDeps,
  "stores" | "dispatcher" | "acceptor" | "apps" | "files" | "cards" | "keyRing" | "audit" | "metrics" | "log" | "now"
> {
  readonly largeBodies: LargeSendReader
  readonly tokens: GatewayTokens
  readonly pauses: Pauses
}

/** Reads bodies that would take the thread too long in which requests are answered. */
export interface LargeSendReader {
  /** A body of `message/send` or `appchat/send` on the paths of qyapi, or why it cannot be read. */
  readSend(bytes: Uint8Array, reading: SendReading, client: string): Promise<SendRead | PlainRefusal>
}

/** Parts of a gateway that the doors of qyapi are given. */
export type CompatHttpDeps = HttpDeps & Pick<CompatDeps, "largeBodies">
