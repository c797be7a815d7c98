import { quietly } from "../quietly.ts"
import type { TransportFaultKind } from "../transport.ts"

/** The fields of all events. None of them contains an address with a query, a secret or a token. */
interface ApiEvent {
  /** The WeCom call, such as `message/send` or `gettoken`. */
  readonly api: string
  /** 1 for the first try. */
  readonly attempt: number
}

interface AnswerEvent extends ApiEvent {
  readonly errcode: number
  /** WeCom's own text, without tokens. */
  readonly errmsg: string
  readonly durationMs: number
}

/** There was no answer, or one that WeCom cannot have written. */
interface FailureEvent extends ApiEvent {
  readonly failure: TransportFaultKind | "unusable_answer"
  readonly mayHaveArrived: boolean
  readonly durationMs: number
  /** The system's name for the failure, such as `ECONNREFUSED`, `HTTP 502`. */
  readonly detail?: string
}

export interface TokenEvent {
  /** `first`: there was no token. `expiring`: the token is near its end. `refused`: WeCom no longer takes the token. */
  readonly reason: "first" | "expiring" | "refused"
  /** `fetched`: by our own gettoken. `shared`: found in the store, where another process has put it. */
  readonly source: "fetched" | "shared"
}

export interface WarningEvent {
  /**
   * `json_not_understood`: WeCom could not read all of the body and continued with the rest. `token_store_failed`: the
   * token is kept in memory only. `lookup_store_failed`: look-ups are made again. `media_store_failed`: files are
   * uploaded again. `unknown_recipients`: WeCom complained about ids that the call did not name.
   */
  readonly warning:
    | "json_not_understood"
    | "token_store_failed"
    | "lookup_store_failed"
    | "media_store_failed"
    | "unknown_recipients"
  readonly api: string
  /** Details, without secrets and tokens. */
  readonly detail: string
}

/** Hooks for logs and metrics. Errors that they throw are dropped, so that a broken logger does not cost a message. */
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
