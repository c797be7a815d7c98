import type { Reason, RecipientState as AnyRecipientState } from "@wecom-push/protocol/delivery"

export type RecipientType = "mobile" | "email" | "user" | "department" | "tag" | "all" | "chat" | "robot"

/**
 * The result of a recipient. `not_found`: no member has that number or address, or the app may not see the member
 * (WeCom does not say which). `in_doubt`: the answer was lost after the request was sent, so the message may have
 * arrived.
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
  /** WeCom's id for a recall, from the (last) call that carried this recipient. */
  readonly msgid?: string
  /** The errcode of the answer that decided the result. */
  readonly errcode?: number
  /** One word for a program to compare, such as `outside_visible_range`; `explainReason` gives the sentence. */
  readonly reason?: Reason
  /** Milliseconds since 1970. With `lookup_paused`: from when on WeCom may be asked again. */
  readonly retryAt?: number
}

/** One call of `message/send`. */
export interface CallOutcome {
  readonly msgid?: string
  readonly response_code?: string
  /** Absent when no answer came. */
  readonly errcode?: number
}
