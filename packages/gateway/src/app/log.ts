import pino from "pino"
import type { DestinationStream, Logger } from "pino"
import { scrub } from "../model/scrub.ts"

export type Log = Logger

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Writes JSON, one line for each event, to stdout unless an option says otherwise. The code logs ids and counts, never a
 * request, a body or an address with its query. If one gets into a line nevertheless, it is masked in the finished line,
 * because all output passes there.
 */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(1)): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: scrub },
    },
    destination,
  )
}
