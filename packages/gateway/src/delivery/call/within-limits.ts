import { RecipientUpdates } from "../../model/recipient-updates.ts"
import type { CallTarget } from "../../model/target.ts"
import type { DeferredTarget, Reservation } from "../../model/ports/governor.ts"
import type { RunContext } from "./run-context.ts"

/** Those of a call who may go now, for whom what it needs is taken; the others wait, and show it. */
export async function withinLimits(
  run: RunContext,
  reservation: Reservation,
  targets: readonly CallTarget[],
): Promise<readonly CallTarget[]> {
  const { going, deferred } = await reservation.take(targets)
  await defer(run, deferred)
  return going
}

/** They wait, and show why and for how long. */
export async function defer(run: RunContext, deferred: readonly DeferredTarget[]): Promise<void> {
  if (deferred.length === 0) return
  const { message, deps } = run
  const updates = new RecipientUpdates()
  for (const { target, untilMs: delayedUntil, reason } of deferred) {
    for (const position of target.positions)
      updates.add(position, { state: "pending", detail: { delayedUntil, reason } })
    run.nextWake.until(delayedUntil)
    deps.metrics.throttled(message.app, reason)
  }
  await run.update({ updates: updates.list() })
}
