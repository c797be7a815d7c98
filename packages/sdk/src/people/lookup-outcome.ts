import type { Reason } from "@wecom-push/protocol/delivery"
import type { WeComError } from "../wecom-error.ts"
import type { Address } from "./question.ts"

/**
 * The result for one number or address. `invalid`: malformed, and mostly not worth asking. `failed`: nothing is
 * known, because WeCom was not asked or did not answer.
 */
export interface LookupOutcome extends Address {
  readonly state: "found" | "not_found" | "invalid" | "failed"
  readonly userid?: string
  /** It was remembered, not asked. */
  readonly cached: boolean
  readonly errcode?: number
  readonly reason?: Reason
  /** Milliseconds since 1970. With `lookup_paused`: when WeCom may be asked again. */
  readonly retryAt?: number
}

export interface LookupResult {
  /** One for each address, in their order. */
  readonly people: readonly LookupOutcome[]
  /** Why some failed, if any did. */
  readonly error?: WeComError
}
