import type { Log } from "./log.ts"
import type { Metrics } from "./metrics.ts"
import type { ThreadReport } from "../threads/worker-thread.ts"

/** Writes a line with the cause to the log, and counts the failure in a figure that operators can set an alarm on. */
export function threadReport(log: Log, metrics: Metrics): ThreadReport {
  return (thread, err) => {
    metrics.threadFailed(thread)
    log.error({ thread, err }, "a worker thread failed; starting another one")
  }
}
