/**
 * Why a recipient is pending. Written down with the recipient: `member_rate`, `app_rate` (45009), `lookup_budget`,
 * `lookup_paused`, `day_quota`. Seen when somebody reads, since it concerns whole messages or apps, or is soon gone:
 * the others, and `app_rate` too for those who wait behind.
 */
export const DELAY_REASONS = [
  "member_rate",
  "app_rate",
  "app_paused",
  "unreachable",
  "wecom_busy",
  "lookup_budget",
  "lookup_paused",
  "day_quota",
  "order",
  "scheduled",
] as const
export type DelayReason = (typeof DELAY_REASONS)[number]

export function isDelayReason(word: string | undefined): word is DelayReason {
  return DELAY_REASONS.some((reason) => reason === word)
}
