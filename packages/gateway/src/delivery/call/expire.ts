import { endPending } from "../commands/parts-sent.ts"
import type { RunContext } from "./run-context.ts"

/** A message past its time: what has not gone out never will. What may have arrived keeps its recipients. */
export async function expire(run: RunContext): Promise<void> {
  const { claimed, deps, message } = run
  const { chunkCount, callCount } = claimed
  const partCount = callCount === 0 ? 1 : run.partCount
  const ended = await endPending(deps, { id: message.id, partCount, chunkCount }, { at: run.now(), state: "expired" })
  deps.metrics.recipientsFinished(message.app, "expired", ended.recipients)
}
