import type { RecipientUpdate } from "../ports/outbox.ts"
import type { RunContext } from "./run-context.ts"

/** Tells the metrics of recipients that have reached a final state by a change that is stored. */
export function countFinished({ deps, message }: RunContext, updates: readonly RecipientUpdate[]): void {
  for (const { state, places } of updates) {
    if (state !== "pending" && places !== "all") deps.metrics.recipientsFinished(message.app, state, places.length)
  }
}
