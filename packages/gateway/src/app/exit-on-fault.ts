import type { Log } from "./log.ts"

/**
 * After an uncaught error the process is in an unknown state. So it ends, and its supervisor starts it again; accepted
 * messages are on the disk. The last line of the log names the error.
 */
export function exitOnFault(log: Log): void {
  process.on("uncaughtException", (error, origin) => {
    log.fatal({ err: error, origin }, "an error was not caught; the gateway ends")
    log.flush()
    process.exit(1)
  })
}
