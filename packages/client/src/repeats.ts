import type { ProblemError } from "./errors.ts"

/** Codes of refusals before anything was done, so that any request may be made again. */
const NOTHING_DONE: ReadonlySet<string> = new Set([
  "backlog_full",
  "files_unavailable",
  "reading_interrupted",
  "shutting_down",
  "storage_busy",
  "too_busy",
  "too_many_connections",
  "too_many_streams",
])

/** Statuses of problems that pass by themselves; whether anything was done is unknown. */
const MAY_PASS: ReadonlySet<number> = new Set([408, 500, 502, 503, 504])

/**
 * Whether the request may be made again after this refusal.
 * @param isSafe making it twice has no further effect: it only reads, or has an idempotency key
 */
export function mayRepeat({ status, code }: Pick<ProblemError, "status" | "code">, isSafe: boolean): boolean {
  if (status === 429 || NOTHING_DONE.has(code)) return true
  return isSafe && MAY_PASS.has(status)
}

/** @param round how often all gateways have been asked without success */
export function backoffMs(round: number, random: () => number = Math.random): number {
  const most = Math.min(FIRST_MS * 2 ** round, MOST_MS)
  return most / 2 + (most / 2) * random()
}

const FIRST_MS = 200
const MOST_MS = 5000
