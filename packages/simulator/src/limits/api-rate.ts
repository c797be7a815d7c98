import type { LimitSettings } from "../settings.ts"
import { SlidingLog } from "./sliding-log.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * Calls of one API by the corp: 10,000 a minute and 150,000 an hour. What breaks a window closes the API for as
 * long as that window; calling on meanwhile neither helps nor prolongs it.
 * @see wecom document 90312
 */
export class ApiRate {
  readonly #apis = new Map<string, { log: SlidingLog; closedUntilMs: number }>()

  /** Whether this call is allowed; if it is, it counts. */
  admit(path: string, limits: LimitSettings, nowMs: number): boolean {
    const { api_calls_per_minute: perMinute, api_calls_per_hour: perHour } = limits
    if (perMinute === null && perHour === null) return true
    const api = this.#api(path)
    if (nowMs < api.closedUntilMs) return false

    api.log.countWithin(HOUR_MS, nowMs)
    if (perHour !== null && api.log.isFull(perHour, HOUR_MS, nowMs)) api.closedUntilMs = nowMs + HOUR_MS
    else if (perMinute !== null && api.log.isFull(perMinute, MINUTE_MS, nowMs)) api.closedUntilMs = nowMs + MINUTE_MS
    else {
      api.log.add(nowMs)
      return true
    }
    return false
  }

  /** Opens what was closed; what was counted stays. */
  open(): void {
    for (const api of this.#apis.values()) api.closedUntilMs = 0
  }

  reset(): void {
    this.#apis.clear()
  }

  #api(path: string): { log: SlidingLog; closedUntilMs: number } {
    let api = this.#apis.get(path)
    if (api === undefined) {
      api = { log: new SlidingLog(), closedUntilMs: 0 }
      this.#apis.set(path, api)
    }
    return api
  }
}
