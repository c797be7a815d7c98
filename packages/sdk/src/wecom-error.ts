import type { ErrcodeClass, Fault, Language } from "@wecom-push/protocol"
import type { FailureCode } from "@wecom-push/protocol/delivery"
import { markClass } from "./mark-class.ts"
import type { CallOutcome, RecipientOutcome } from "./outcome.ts"
import type { TransportFaultKind } from "./transport.ts"
import type { Warning } from "./warning.ts"

/**
 * The value to branch on. `invalid_input`: found before any request. `refused`: WeCom answered an errcode, see `errcode`
 * and `class`. `unreachable`: no answer, and nothing can have happened: the request cannot have arrived, or it is one
 * that changes nothing (gettoken, a look-up). `in_doubt`: no answer, and the message may have arrived; an `errcode`
 * beside it is that of a later try. `unusable_answer`: an answer that is not WeCom's, and nothing can have happened.
 * `deadline`: time ran out before anything was sent. `aborted`: the caller's signal; `mayHaveArrived` tells whether
 * that came too late.
 */
export type WeComErrorCode = FailureCode

export type WeComErrorClass = ErrcodeClass

/** Why there is no answer of WeCom's; `unusable_answer`: an answer that is not WeCom's. */
export type WeComFailure = TransportFaultKind | "unusable_answer"

export interface WeComErrorDetails {
  readonly code: WeComErrorCode
  readonly message: string
  readonly hint: string
  readonly language: Language
  readonly class?: WeComErrorClass
  readonly errcode?: number
  /** WeCom's own text, addresses kept and tokens removed. */
  readonly errmsg?: string
  /** The `hint: […]` number of `errmsg`, for WeCom's query tool. */
  readonly wecomHint?: string
  /** The address WeCom saw (`from ip`): what an operator adds to the trusted list for 60020. */
  readonly fromIp?: string
  /** The WeCom call it happened in, as in `message/send`. */
  readonly api?: string
  readonly mayHaveArrived?: boolean
  readonly failure?: WeComFailure
  readonly faults?: readonly Fault[]
  /** Milliseconds until WeCom may be asked again. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
  readonly result?: SendResult
}

/** The result of a send. It names its error, and an error the result it belongs to: so the two are declared together. */
export interface SendResult {
  /** True when every recipient is `sent`: accepted by WeCom, which is not yet read by anybody. */
  readonly ok: boolean
  /** One row for each recipient in the caller's order; a person named twice has two rows and gets one copy. */
  readonly recipients: readonly RecipientOutcome[]
  readonly calls: readonly CallOutcome[]
  /** Why some recipients failed or are in doubt that had nothing wrong with themselves. */
  readonly error?: WeComError
  /** Parts that WeCom may cut, ignore or read otherwise, though the message was sent; absent when there are none. */
  readonly warnings?: readonly Warning[]
}

/**
 * The one error of this package. `message` says what happened, `hint` what to do, both in the client's language.
 * Neither they nor anything reachable from here (`cause`, `stack`, `inspect`) holds a secret or a token. `instanceof`
 * knows those of another copy of this package, too.
 */
export class WeComError extends Error {
  static {
    markClass(this, "WeComError")
  }

  override readonly name = "WeComError"
  readonly code: WeComErrorCode
  readonly hint: string
  readonly class: WeComErrorClass | undefined
  readonly errcode: number | undefined
  readonly errmsg: string | undefined
  readonly wecomHint: string | undefined
  readonly fromIp: string | undefined
  readonly api: string | undefined
  readonly mayHaveArrived: boolean
  /** Undefined where WeCom answered, or nothing was asked. */
  readonly failure: WeComFailure | undefined
  readonly faults: readonly Fault[]
  readonly retryAfterMs: number | undefined
  /** Set when a send failed for everybody: what is known about each recipient. */
  readonly result: SendResult | undefined
  readonly #details: WeComErrorDetails

  constructor(details: WeComErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.hint = details.hint
    this.class = details.class
    this.errcode = details.errcode
    this.errmsg = details.errmsg
    this.wecomHint = details.wecomHint
    this.fromIp = details.fromIp
    this.api = details.api
    this.mayHaveArrived = details.mayHaveArrived ?? false
    this.failure = details.failure
    this.faults = details.faults ?? []
    this.retryAfterMs = details.retryAfterMs
    this.result = details.result
    this.#details = details
  }

  /** A copy: sends that waited for one refused gettoken share its error, and each has a result of its own. */
  withResult(result: SendResult): WeComError {
    return new WeComError({ ...this.#details, result })
  }
}
