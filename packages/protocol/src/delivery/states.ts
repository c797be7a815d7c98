/** What became of a recipient. All but `pending` are final; the gateway's `retry` may take some of them back. */
export const RECIPIENT_STATES = [
  "pending",
  "sent",
  "not_found",
  "invalid",
  "unlicensed",
  "failed",
  "in_doubt",
  "suppressed",
  "cancelled",
  "expired",
  "recalled",
] as const
export type RecipientState = (typeof RECIPIENT_STATES)[number]
