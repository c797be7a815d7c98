import type { Log } from "./log.ts"

/**
 * An error that nobody caught leaves the process in a state that nobody knows, so it ends, and whoever supervises it
 * starts it anew; what was accepted is on the disk. The last line of the log names the error.
 */
export function exitOnFault(log: Log): void {
  process.on("uncaughtException", (error, origin) => {
    log.fatal({ err: error, origin }, "an error was not caught; the gateway ends")
    log.flush()
    process.exit(1)
  })
}
