import type { RecipientState } from "@wecom-push/protocol/delivery"

/** What the delivery counts as it goes. */
export interface DeliveryMetrics {
  recipientsFinished(app: string, state: RecipientState, count: number): void
  throttled(app: string, reason: string, count?: number): void
  mediumUploaded(app: string, reason: "first" | "expiring" | "refused"): void
}
