import type { OutageCause } from "@wecom-push/protocol/delivery"

/** A time during which WeCom cannot be reached. Times are steady, except those said to be of the wall clock. */
export interface Outage {
  readonly since: number
  /** How many waves of calls have failed in a row; calls that were under way at once count as one. */
  readonly tries: number
  readonly nextTryAt: number
  readonly cause: OutageCause
}
