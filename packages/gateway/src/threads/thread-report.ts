import type { Log } from "../log.ts"
import type { Metrics } from "../metrics.ts"
import type { ThreadName } from "./worker-thread.ts"

/** Hears of each thread that ended although nobody had ended it. */
export type ThreadReport = (thread: ThreadName, error: unknown) => void

/** For operators: a line in the log with the cause, and a figure to be alarmed by. */
export function threadReport(log: Log, metrics: Metrics): ThreadReport {
  return (thread, err) => {
    metrics.threadFailed(thread)
    log.error({ thread, err }, "a worker thread failed; starting another one")
  }
}
