import type { Reason, RecipientState as AnyRecipientState } from "@wecom-push/protocol/delivery"

export type RecipientType = "mobile" | "email" | "user" | "department" | "tag" | "all" | "chat" | "robot"

/**
 * The result of a recipient. `not_found`: no member has that number or address, or the app may not see them (WeCom
 * does not tell which). `in_doubt`: the answer was lost after the request went out, so it may have arrived.
 */
export type RecipientState = Extract<
  AnyRecipientState,
  "sent" | "not_found" | "invalid" | "unlicensed" | "failed" | "in_doubt"
>

export interface RecipientOutcome {
  readonly type: RecipientType
  /** As the caller wrote it. */
  readonly address: string
  readonly state: RecipientState
  readonly userid?: string
  /** WeCom's handle for recall, of the (last) call that carried this recipient. */
  readonly msgid?: string
  /** Of the answer that decided it. */
  readonly errcode?: number
  /** One word to branch on, as in `outside_visible_range`; `explainReason` gives the sentence. */
  readonly reason?: Reason
  /** Milliseconds since 1970; with `lookup_paused`: when WeCom may be asked again. */
  readonly retryAt?: number
}

/** One `message/send`. */
export interface CallOutcome {
  readonly msgid?: string
  readonly response_code?: string
  /** Absent when no answer came. */
  readonly errcode?: number
}
