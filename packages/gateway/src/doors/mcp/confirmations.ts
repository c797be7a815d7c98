import { hkdfSync } from "node:crypto"
import { createRequestStateCodec } from "@modelcontextprotocol/server"
import type { RequestStateCodec, ServerContext } from "@modelcontextprotocol/server"
import { fingerprint } from "../../accept/canonical.ts"

/** The arguments that a confirmation is for, and its end. */
interface Confirmed {
  readonly argumentsHash: string
  /** Milliseconds since 1970. */
  readonly until: number
}

export interface ConfirmationOptions {
  /** The same on every gateway to which the answer may come. */
  readonly secret: Uint8Array
  /** The key of the caller: a confirmation for another key is refused. */
  readonly keyId: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The state that is sent with a question to the user and comes back with the answer. It is signed, so that any gateway with
 * the same secret accepts it, and bound to the API key and to the arguments. The arguments contain the idempotency key of
 * the message, so that a second use is answered with the message of the first.
 */
export class Confirmations {
  readonly #codec: RequestStateCodec<Confirmed>
  readonly #now: () => number

  constructor({ secret, keyId, now }: ConfirmationOptions) {
    const key = new Uint8Array(hkdfSync("sha256", secret, "", "wecom-push mcp confirmation", KEY_BYTES))
    this.#codec = createRequestStateCodec({ key, ttlSeconds: CODEC_SECONDS, bind: () => keyId })
    this.#now = now
  }

  mint(args: object, context: ServerContext): Promise<string> {
    return this.#codec.mint({ argumentsHash: fingerprint(args), until: this.#now() + LIFETIME_MS }, context)
  }

  async check(state: string, args: object, context: ServerContext): Promise<"good" | "bad" | "late"> {
    try {
      const { argumentsHash, until } = await this.#codec.verify(state, context)
      if (argumentsHash !== fingerprint(args)) return "bad"
      const leftMs = until - this.#now()
      // The time lies too far ahead if the clock was set back.
      return leftMs > 0 && leftMs <= LIFETIME_MS ? "good" : "late"
    } catch (error) {
      return error instanceof Error && error.message === "expired" ? "late" : "bad"
    }
  }
}

const KEY_BYTES = 32
const LIFETIME_MS = 5 * 60_000
/**
 * This limit uses the clock of this machine, not the one that gateways share: our own check decides, and this is only an
 * upper limit.
 */
const CODEC_SECONDS = 3600
