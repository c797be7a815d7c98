import type { HttpDeps } from "../http/deps.ts"
import type { GatewayTokens } from "./gateway-tokens.ts"
import type { Pauses } from "./pauses.ts"

/** What the qyapi paths work with. */
export interface CompatDeps extends Pick<
  HttpDeps,
  | "stores"
  | "dispatcher"
  | "acceptor"
  | "largeBodies"
  | "files"
  | "cards"
  | "keyRing"
  | "audit"
  | "metrics"
  | "log"
  | "now"
> {
  readonly tokens: GatewayTokens
  readonly pauses: Pauses
}
