import { quietly } from "../quietly.ts"
import type { TransportFaultKind } from "../transport.ts"

/** Common to all events. None of them holds an address with a query, a secret or a token. */
interface ApiEvent {
  /** The WeCom call, as in `message/send` or `gettoken`. */
  readonly api: string
  /** 1 for the first try. */
  readonly attempt: number
}

interface AnswerEvent extends ApiEvent {
  readonly errcode: number
  /** WeCom's own text, tokens removed. */
  readonly errmsg: string
  readonly durationMs: number
}

/** There was no answer, or none that WeCom can have written. */
interface FailureEvent extends ApiEvent {
  readonly failure: TransportFaultKind | "unusable_answer"
  readonly mayHaveArrived: boolean
  readonly durationMs: number
  /** The system's name for it, as in `ECONNREFUSED`, `HTTP 502`. */
  readonly detail?: string
}

export interface TokenEvent {
  /** `first`: none was held. `expiring`: the held one is near its end. `refused`: WeCom no longer takes the held one. */
  readonly reason: "first" | "expiring" | "refused"
  /** `fetched`: by a gettoken of ours. `shared`: found in the store, where another process has put it. */
  readonly source: "fetched" | "shared"
}

export interface WarningEvent {
  /**
   * `json_not_understood`: WeCom could not read all of the body and continued with the rest. `token_store_failed`: the
   * token is kept in memory only. `lookup_store_failed`: look-ups are asked anew. `media_store_failed`: files are
   * uploaded anew. `unknown_recipients`: WeCom complained about ids that the call did not name.
   */
  readonly warning:
    | "json_not_understood"
    | "token_store_failed"
    | "lookup_store_failed"
    | "media_store_failed"
    | "unknown_recipients"
  readonly api: string
  /** Details, secrets and tokens removed. */
  readonly detail: string
}

/** For logs and metrics. Called in passing: what they throw is dropped, so that a broken logger costs no message. */
export interface ApiHooks {
  onRequest?(event: ApiEvent): void
  onAnswer?(event: AnswerEvent): void
  onFailure?(event: FailureEvent): void
  onToken?(event: TokenEvent): void
  onWarning?(event: WarningEvent): void
}

/** Hooks that cannot throw. */
export type SafeHooks = Required<ApiHooks>

export function safeHooks(hooks: ApiHooks = {}): SafeHooks {
  return {
    onRequest: (event) => quietly(() => hooks.onRequest?.(event)),
    onAnswer: (event) => quietly(() => hooks.onAnswer?.(event)),
    onFailure: (event) => quietly(() => hooks.onFailure?.(event)),
    onToken: (event) => quietly(() => hooks.onToken?.(event)),
    onWarning: (event) => quietly(() => hooks.onWarning?.(event)),
  }
}
