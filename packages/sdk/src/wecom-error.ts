import type { ErrcodeClass, Fault, Language } from "@wecom-push/protocol"
import type { FailureCode } from "@wecom-push/protocol/delivery"
import { markClass } from "./mark-class.ts"
import type { CallOutcome, RecipientOutcome } from "./outcome.ts"
import type { TransportFaultKind } from "./transport.ts"
import type { Warning } from "./warning.ts"

/**
 * The value for a program to compare. `invalid_input`: found before any request. `refused`: WeCom answered an errcode,
 * see `errcode` and `class`. `unreachable`: no answer, and nothing can have happened: the request cannot have arrived,
 * or it is one that changes nothing (gettoken, a look-up). `in_doubt`: no answer, and the message may have arrived; an
 * `errcode` beside it is that of a later try. `unusable_answer`: the answer is not WeCom's, and nothing can have
 * happened. `deadline`: the time was up before anything was sent. `aborted`: the caller's signal aborted;
 * `mayHaveArrived` says whether that came too late.
 */
export type WeComErrorCode = FailureCode

export type WeComErrorClass = ErrcodeClass

/** Why there is no answer of WeCom's; `unusable_answer`: the answer is not WeCom's. */
export type WeComFailure = TransportFaultKind | "unusable_answer"

export interface WeComErrorDetails {
  readonly code: WeComErrorCode
  readonly message: string
  readonly hint: string
  readonly language: Language
  readonly class?: WeComErrorClass
  readonly errcode?: number
  /** WeCom's own text, without tokens; addresses are kept. */
  readonly errmsg?: string
  /** The `hint: […]` number of `errmsg`, for WeCom's query tool. */
  readonly wecomHint?: string
  /** The address that WeCom saw (`from ip`): an operator adds it to the trusted list for 60020. */
  readonly fromIp?: string
  /** The WeCom call that failed, such as `message/send`. */
  readonly api?: string
  readonly mayHaveArrived?: boolean
  readonly failure?: WeComFailure
  readonly faults?: readonly Fault[]
  /** How many milliseconds until WeCom may be asked again. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
  readonly result?: SendResult
}

/** The result of a send. It names its error, and an error names its result, so the two types are declared together. */
export interface SendResult {
  /** True when every recipient is `sent`: accepted by WeCom, which does not mean that the message was read. */
  readonly ok: boolean
  /** One row for each recipient in the caller's order; a person named twice has two rows and gets one copy. */
  readonly recipients: readonly RecipientOutcome[]
  readonly calls: readonly CallOutcome[]
  /** Why recipients failed or are in doubt that are not to blame themselves. */
  readonly error?: WeComError
  /** Values that WeCom may cut, ignore or read otherwise, though the message was sent; absent when there are none. */
  readonly warnings?: readonly Warning[]
}

/**
 * The only error class of this package. `message` says what happened, `hint` what to do, both in the client's language.
 * Neither they nor anything reachable from here (`cause`, `stack`, `inspect`) contains a secret or a token.
 * `instanceof` also recognises errors of another copy of this package.
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
  /** Undefined when WeCom answered, or no request was made. */
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

  /** A copy: sends that waited for one refused gettoken share its error, and each has its own result. */
  withResult(result: SendResult): WeComError {
    return new WeComError({ ...this.#details, result })
  }
}
