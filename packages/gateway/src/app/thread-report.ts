import type { Log } from "./log.ts"
import type { Metrics } from "./metrics.ts"
import type { ThreadReport } from "../threads/worker-thread.ts"

/** For operators: a line in the log with the cause, and a figure to be alarmed by. */
export function threadReport(log: Log, metrics: Metrics): ThreadReport {
  return (thread, err) => {
    metrics.threadFailed(thread)
    log.error({ thread, err }, "a worker thread failed; starting another one")
  }
}
