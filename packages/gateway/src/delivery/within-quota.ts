import type { DelayReason } from "@wecom-push/protocol/delivery"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { RecipientUpdates } from "../domain/recipient-updates.ts"
import type { CallTarget } from "../domain/target.ts"
import type { DayQuota } from "../limits/day-quota.ts"
import type { RunContext } from "./run-context.ts"

/** Those for whom the app has person-times left today; the others wait for the next day, and show it. */
export async function withinQuota(
  run: RunContext,
  quota: DayQuota,
  targets: readonly CallTarget[],
): Promise<readonly CallTarget[]> {
  const { message, deps } = run
  const count = await quota.take(targets, message.priority)
  const held = targets.slice(count)
  if (held.length === 0) return targets
  const delayedUntil = nextBeijingDayAt(run.now())
  const reason: DelayReason = "day_quota"
  const updates = new RecipientUpdates()
  for (const { positions } of held) {
    for (const position of positions) updates.add(position, { state: "pending", detail: { delayedUntil, reason } })
  }
  run.nextWake.until(delayedUntil)
  deps.metrics.throttled(message.app, reason, held.length)
  await run.update({ updates: updates.list() })
  return targets.slice(0, count)
}
