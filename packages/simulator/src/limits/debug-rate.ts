import { SlidingLog } from "./sliding-log.ts"

const MINUTE_MS = 60_000

/** Calls of one API with `debug=1`: five a minute. @see wecom document 90313 */
export class DebugRate {
  readonly #apis = new Map<string, SlidingLog>()

  /** Whether this call is allowed; if it is, it counts. */
  admit(path: string, perMinute: number | null, nowMs: number): boolean {
    if (perMinute === null) return true
    const log = this.#apis.get(path) ?? new SlidingLog()
    this.#apis.set(path, log)
    log.countWithin(MINUTE_MS, nowMs)
    if (log.isFull(perMinute, MINUTE_MS, nowMs)) return false
    log.add(nowMs)
    return true
  }

  reset(): void {
    this.#apis.clear()
  }
}
