import { isDelayReason } from "@wecom-push/protocol/delivery"
import type { CallDelay } from "../model/ports/outbox.ts"
import { optionalInteger, optionalText } from "./row.ts"
import type { Row } from "./row.ts"

/**
 * A call that is not final has a reason only while it waits for something other than its next try; `retry_at` is then
 * the end of that wait.
 * @param jumpedMs by how much the clock has been set since the time was written
 */
export function toWait(row: Row, jumpedMs = 0): { readonly retryAt: number | undefined; readonly delay?: CallDelay } {
  const at = optionalInteger(row, "retry_at")
  if (at === undefined) return { retryAt: undefined }
  const reason = optionalText(row, "reason")
  const untilMs = at + jumpedMs
  return isDelayReason(reason) ? { retryAt: undefined, delay: { untilMs, reason } } : { retryAt: untilMs }
}
