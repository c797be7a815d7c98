import type { Reason } from "@wecom-push/protocol/delivery"
import type { WeComError } from "../wecom-error.ts"
import type { Address } from "./question.ts"

/**
 * The result for one number or address. `invalid`: malformed, and mostly not worth a look-up. `failed`: nothing is
 * known, because WeCom was not asked or did not answer.
 */
export interface LookupOutcome extends Address {
  readonly state: "found" | "not_found" | "invalid" | "failed"
  readonly userid?: string
  /** Whether the result was remembered and WeCom was not asked. */
  readonly cached: boolean
  readonly errcode?: number
  readonly reason?: Reason
  /** Milliseconds since 1970. With `lookup_paused`: from when on WeCom may be asked again. */
  readonly retryAt?: number
}

export interface LookupResult {
  /** One result for each address, in the same order. */
  readonly people: readonly LookupOutcome[]
  /** Why some look-ups failed, if any did. */
  readonly error?: WeComError
}
