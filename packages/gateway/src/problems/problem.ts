import type { Bilingual } from "@wecom-push/protocol"
import { PROBLEMS } from "./problem-catalogue.ts"
import type { ProblemCode } from "./problem-catalogue.ts"

/** One of the things that are wrong with a request. */
export interface ProblemError {
  /** JSON pointer into the body, as in `/to/users/3`; for a query or a header its name. */
  readonly path: string
  /** One word to branch on. */
  readonly code: string
  readonly detail: Bilingual
  /** WeCom's own code for the same mistake. */
  readonly errcode?: number
}

export interface ProblemDetails {
  readonly detail?: Bilingual
  readonly errors?: readonly ProblemError[]
  /** How many more errors there are than are shown. */
  readonly moreErrors?: number
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** Why a request is refused: over HTTP a problem document (RFC 9457), on WeCom's own paths an errcode. */
export class Problem extends Error {
  override readonly name = "Problem"
  readonly code: ProblemCode
  readonly detail: Bilingual | undefined
  readonly errors: readonly ProblemError[]
  readonly moreErrors: number
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ProblemCode,
    { detail, errors = [], moreErrors = 0, retryAfterSeconds, cause }: ProblemDetails = {},
  ) {
    super(code, cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = detail ?? errors[0]?.detail
    this.errors = errors
    this.moreErrors = moreErrors
    this.retryAfterSeconds = retryAfterSeconds
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }
}

/** A problem in a form that crosses threads. */
export interface PlainProblem {
  readonly code: ProblemCode
  readonly detail: Bilingual | undefined
  readonly errors: readonly ProblemError[]
  readonly moreErrors: number
}

export function toPlain({ code, detail, errors, moreErrors }: Problem): PlainProblem {
  return { code, detail, errors, moreErrors }
}

export function fromPlain({ code, detail, errors, moreErrors }: PlainProblem): Problem {
  return new Problem(code, { errors, moreErrors, ...(detail === undefined ? {} : { detail }) })
}
