import { changeInSlices } from "./change-in-slices.ts"
import type { RunContext } from "./run-context.ts"

/** A message past its time: what has not gone out never will. What may have arrived keeps its recipients. */
export async function expire(run: RunContext): Promise<void> {
  const { claimed, deps, message } = run
  const changed = await changeInSlices(deps.outbox, {
    messageId: message.id,
    chunkCount: claimed.chunkCount,
    at: run.now(),
    update: { from: ["pending"], state: "expired" },
    closesCalls: true,
  })
  deps.metrics.recipientsFinished(message.app, "expired", changed.recipients)
}
