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

/** Reads bodies that would hold the thread that answers requests for too long. */
export interface LargeSendReader {
  /** Reads a body of `message/send` or `appchat/send` on the paths of qyapi. @returns the refusal if it cannot be read */
  readSend(bytes: Uint8Array, reading: SendReading, client: string): Promise<SendRead | PlainRefusal>
}

/** The parts of a gateway that the doors of qyapi get. */
export type CompatHttpDeps = HttpDeps & Pick<CompatDeps, "largeBodies">
