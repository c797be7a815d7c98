import type { OutageCause } from "@wecom-push/protocol/delivery"

/** WeCom cannot be reached. Times are steady, but for those that are said to be of the wall clock. */
export interface Outage {
  readonly since: number
  /** How many waves of calls have failed in a row; calls that were under way at once are one. */
  readonly tries: number
  readonly nextTryAt: number
  readonly cause: OutageCause
}
