import type { LookupLimits } from "../model/app-limits.ts"
import type { PaceLimit } from "../model/ports/shared-counts.ts"

/**
 * How many look-ups of one corp all nodes together may have under way: with answers of 200 ms, as many as WeCom lets
 * one corp ask in a minute.
 */
export const LOOKUPS_AT_ONCE = 28

/** The limits on beginning look-ups of a corp; Infinity: no limit. */
export function lookupRules({ lookupsPerMinute, lookupsPerHour }: LookupLimits): PaceLimit[] {
  return [
    { limit: lookupsPerMinute ?? Infinity, windowMs: 60_000 },
    { limit: lookupsPerHour ?? Infinity, windowMs: 3_600_000 },
  ]
}

/** A waiting caller asks again after this time at the latest: the limit may have changed. */
export const ASK_AGAIN_MS = 500
