import type { DelayReason } from "@wecom-push/protocol/delivery"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { RecipientUpdates } from "../domain/recipient-updates.ts"
import type { CallTarget } from "../domain/target.ts"
import type { Reservation } from "../ports/governor.ts"
import type { RunContext } from "./run-context.ts"

/** Those for whom the app has person-times left today; the others wait for the next day, and show it. */
export async function withinQuota(
  run: RunContext,
  reservation: Reservation,
  targets: readonly CallTarget[],
): Promise<readonly CallTarget[]> {
  const count = await reservation.takeQuota(targets)
  if (count === targets.length) return targets
  const { message, deps } = run
  const deferred = targets.slice(count)
  const delayedUntil = nextBeijingDayAt(run.now())
  const reason: DelayReason = "day_quota"
  const updates = new RecipientUpdates()
  for (const { positions } of deferred) {
    for (const position of positions) updates.add(position, { state: "pending", detail: { delayedUntil, reason } })
  }
  run.nextWake.until(delayedUntil)
  deps.metrics.throttled(message.app, reason, deferred.length)
  await run.update({ updates: updates.list() })
  return targets.slice(0, count)
}
