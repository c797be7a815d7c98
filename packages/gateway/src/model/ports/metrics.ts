import type { MediaType } from "@wecom-push/protocol"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { AppScope } from "./reader.ts"

/** The counters of delivery. */
export interface DeliveryMetrics {
  recipientsFinished(app: string, state: RecipientState, count: number): void
  throttled(app: string, reason: string, count?: number): void
  mediumUploaded(app: string, reason: "first" | "expiring" | "refused"): void
}

/** The counters of channels. */
export interface ChannelMetrics {
  /** A frame that came to a smart robot could not be stored. */
  frameLost(app: string): void
}

/** The counters of the doors, and the text of all metrics. */
export interface DoorMetrics {
  watchConnections(open: () => number, limit: number): void
  /** @param ms from the first byte of a request to the last of its answer */
  request(method: string, route: string, status: number, ms: number): void
  mediumTaken(type: MediaType, result: "stored" | "known"): void
  readonly contentType: string
  /** In the text format of Prometheus. @param apps only about these; metrics about no app need a key that holds all */
  text(apps: AppScope): Promise<string>
}
