import type { CorpLimits } from "../model/app-limits.ts"
import type { PaceLimit } from "../model/ports/shared-counts.ts"

/** Of all corps: with answers of 200 ms, what WeCom lets one corp ask in a minute. */
export const LOOKUPS_AT_ONCE = 28

/** How many look-ups of a corp are let through; Infinity: all. */
export function lookupRules({ lookupsPerMinute, lookupsPerHour }: CorpLimits): PaceLimit[] {
  return [
    { limit: lookupsPerMinute ?? Infinity, windowMs: 60_000 },
    { limit: lookupsPerHour ?? Infinity, windowMs: 3_600_000 },
  ]
}

/** Whoever waits for a limit asks again after so long at the latest: it may be another one by now. */
export const ASK_AGAIN_MS = 500
