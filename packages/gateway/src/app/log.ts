import pino from "pino"
import type { DestinationStream, Logger } from "pino"
import { scrub } from "../model/scrub.ts"

export type Log = Logger

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * JSON, one line an event, on stdout unless an option says otherwise. Call sites log ids and counts, never a request, a body or
 * an address with its query; what slips through nevertheless is masked in the finished line, which is the one place
 * that everything passes.
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
