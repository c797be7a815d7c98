import type { RecipientPatch } from "../ports/outbox.ts"
import type { RunContext } from "./run-context.ts"

/** Tells the metrics of recipients that have reached a final state by a change that is stored. */
export function countFinished({ deps, message }: RunContext, patches: readonly RecipientPatch[]): void {
  for (const { state, places } of patches) {
    if (state !== "pending" && places !== "all") deps.metrics.recipientsFinished(message.app, state, places.length)
  }
}
