import type { Log } from "./log.ts"

/**
 * After an error that was not caught the process is in an unknown state, so it ends, and its supervisor starts it anew; what
 * was accepted is on the disk. The last line of the log names the error.
 */
export function exitOnFault(log: Log): void {
  process.on("uncaughtException", (error, origin) => {
    log.fatal({ err: error, origin }, "an error was not caught; the gateway ends")
    log.flush()
    process.exit(1)
  })
}
