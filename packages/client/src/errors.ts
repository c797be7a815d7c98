import type { components } from "./api.ts"

export type Problem = components["schemas"]["Problem"]

/** One fault of the request, with its place: a JSON pointer into the body, or a query parameter. */
export type FieldError = Problem["errors"][number]

/** The gateway refused the request: RFC 9457. Programs compare `code`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError"
  /** `urn:wecom-push:problem:CODE`. */
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /**
   * Stable. `unexpected_answer` when the answer did not come from a gateway, for example from a proxy without a gateway
   * behind it.
   */
  readonly code: string
  /** The next step for the caller. */
  readonly hint: string
  /** All faults of the request, at most 100 entries. */
  readonly errors: readonly FieldError[]
  /** The id of the request in the gateway's log. */
  readonly requestId: string | undefined
  /** After how many milliseconds the request may be repeated, when the gateway says so. */
  readonly retryAfterMs: number | undefined

  constructor(problem: Problem, retryAfterMs?: number) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`)
    this.type = problem.type
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.code = problem.code
    this.hint = problem.hint
    this.errors = problem.errors
    this.requestId = problem.request_id
    this.retryAfterMs = retryAfterMs
  }

  /** The faults of one field, by its JSON pointer, such as `/to/mobiles`. */
  errorsOf(path: string): readonly FieldError[] {
    return this.errors.filter((error) => error.path === path)
  }
}

/** No gateway answered in time. It is unknown whether the request arrived; `cause` is the error of the last try. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError"
}

/** @returns the problem in a refusal, or the problem that the answer did not come from a gateway */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text()
  const retryAfterMs = retryAfterOf(response.headers)
  const document = parse(text)
  if (isProblem(document)) return new ProblemError(document, retryAfterMs)
  return unexpectedAnswer(response.status, text, retryAfterMs)
}

/** The problem of an answer that did not come from a gateway. */
export function unexpectedAnswer(status: number, text: string, retryAfterMs?: number): ProblemError {
  const problem: Problem = {
    type: "about:blank",
    title: "The answer is none of a gateway",
    status,
    detail: `What answered with status ${status} is no gateway of wecom-push: ${text.trim().slice(0, SHOWN_LENGTH) || "(empty)"}`,
    code: "unexpected_answer",
    hint: "Check the base URL, and the proxy in front of the gateway.",
    errors: [],
  }
  return new ProblemError(problem, retryAfterMs)
}

const SHOWN_LENGTH = 100

/** The header has seconds or a date. A date is compared with the `date` of the same answer, since our clock may differ. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get("retry-after")
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const ms = Date.parse(value) - Date.parse(headers.get("date") ?? "")
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    ["type", "title", "status", "detail", "code", "hint", "errors"].every((name) => name in value)
  )
}
