import { RECALL_WINDOW_SECONDS } from "../limits.ts"

/** Whether a call can still be recalled. @param sentAt milliseconds since 1970 */
export function isRecallable(sentAt: number, now: number): boolean {
  return now - sentAt <= RECALL_WINDOW_SECONDS * 1000
}

/** The meaning of an answer to `message/recall`. */
export function readRecall(errcode: number): "recalled" | "expired" | "refused" {
  if (errcode === 0) return "recalled"
  return errcode === TOO_LATE ? "expired" : "refused"
}

const TOO_LATE = 42052

/** A card's `response_code` is used, too old, or not one of WeCom's, so it cannot be used any more. */
export const CARD_CODE_USED = 60140
/** The press by which a smart robot's card was to be changed is too long ago, or was already used. */
export const PRESS_TOO_OLD = 846605
