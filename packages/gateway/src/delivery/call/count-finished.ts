import type { RecipientUpdate } from "../../model/ports/outbox.ts"
import type { RunContext } from "./run-context.ts"

/** Tells the metrics of recipients that have reached a final state by a change that is stored. */
export function countFinished({ deps, message }: RunContext, updates: readonly RecipientUpdate[]): void {
  for (const { state, slots } of updates) {
    if (state !== "pending" && slots !== "all") deps.metrics.recipientsFinished(message.app, state, slots.length)
  }
}
