import type { components } from "./api.ts"

export type Problem = components["schemas"]["Problem"]

/** One thing that is wrong with the request, with its place: a JSON pointer into the body, or a query parameter. */
export type FieldError = Problem["errors"][number]

/** The gateway refused the request: RFC 9457. Branch on `code`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError"
  /** `urn:wecom-push:problem:CODE`. */
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Stable. `unexpected_answer` where what answered is no gateway, such as a proxy without one behind it. */
  readonly code: string
  /** The next step for the caller. */
  readonly hint: string
  /** Everything that is wrong with the request, at most 100 entries. */
  readonly errors: readonly FieldError[]
  /** For the gateway's log. */
  readonly requestId: string | undefined
  /** After how long it may be repeated, where the gateway says so. */
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

  /** The faults of single fields, by their JSON pointers, as in `/to/mobiles`. */
  errorsOf(path: string): readonly FieldError[] {
    return this.errors.filter((error) => error.path === path)
  }
}

/** No gateway answered within the time. Whether the request arrived is unknown; `cause` is what the last try met. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError"
}

/** @returns what a refusal says, or that it is none of a gateway's */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text()
  const retryAfterMs = retryAfterOf(response.headers)
  const document = parse(text)
  if (isProblem(document)) return new ProblemError(document, retryAfterMs)
  return unexpectedAnswer(response.status, text, retryAfterMs)
}

/** Of something that is no gateway. */
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

/** As seconds or as a date: that by the clock of the server that answered, since ours may show another time. */
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
