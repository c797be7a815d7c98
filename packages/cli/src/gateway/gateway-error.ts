import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import type { ExitCode } from "../exit-code.ts"

export interface GatewayErrorDetails {
  readonly hint?: string
  readonly faults?: readonly CommandFault[]
  /** Whether the request may have been carried out in spite of the error. */
  readonly mayHaveArrived: boolean
  /** The status of the answer; undefined when there was none. */
  readonly status?: number
  readonly requestId?: string
  readonly retryAfterSeconds?: number
  /** WeCom's errcode, when WeCom caused the failure. */
  readonly errcode?: number | null
}

/** A gateway refused, or could not be reached, in the user's language. `code` is the gateway's own if it gave one. */
export class GatewayError extends CommandError {
  readonly mayHaveArrived: boolean
  readonly status: number | undefined
  readonly retryAfterSeconds: number | undefined
  readonly #details: GatewayErrorDetails

  constructor(code: string, exitCode: ExitCode, message: string, details: GatewayErrorDetails) {
    const { hint, faults, mayHaveArrived, status, requestId, retryAfterSeconds, errcode = null } = details
    super(code, exitCode, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(faults === undefined ? {} : { faults }),
      more: {
        errcode,
        status: status ?? null,
        request_id: requestId ?? null,
        retry_after_s: retryAfterSeconds ?? null,
      },
    })
    this.mayHaveArrived = mayHaveArrived
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
    this.#details = details
  }

  /** The same error with another exit code, when it means something else for the caller. */
  withExitCode(code: ExitCode): GatewayError {
    return new GatewayError(this.code, code, this.message, this.#details)
  }
}

/** Whether a repetition may succeed: there was no answer, or one that may be different a moment later. */
export function mayMend({ code, status }: GatewayError): boolean {
  if (code === "aborted") return false
  if (code === "gateway_unusable_answer") return status !== undefined && status >= 500
  return status === undefined || status >= 500 || status === 429 || status === 408
}
