/** In no window of this length may a member get more calls than the limit. */
export interface RoomRule {
  readonly limit: number
  readonly windowMs: number
}

/** The rules of those limits that are set. */
export function roomRules({
  memberPerMinute,
  memberPerHour,
}: {
  readonly memberPerMinute: number | null
  readonly memberPerHour: number | null
}): readonly RoomRule[] {
  return [
    { limit: memberPerMinute ?? Infinity, windowMs: MINUTE_MS },
    { limit: memberPerHour ?? Infinity, windowMs: HOUR_MS },
  ].filter(({ limit }) => limit !== Infinity)
}

/**
 * @param sends when the calls of the last hour reached the member, in any order; a time later than `now` counts as now
 * @returns when, by these rules, `ahead` others and then one more may reach the member; undefined for now
 */
export function roomAt(
  rules: readonly RoomRule[],
  sends: readonly number[],
  ahead: number,
  now: number,
): number | undefined {
  let at = now
  for (const { limit, windowMs } of rules) {
    if (limit === 0) return now + windowMs
    const times = sends.map((send) => Math.min(send, now)).filter((send) => send > now - windowMs)
    const excess = times.length + ahead - limit
    if (excess < 0) continue
    // A later round waits for the one before it.
    const rounds = Math.floor(excess / limit)
    const leaver = times.toSorted((a, b) => a - b)[Math.min(excess % limit, times.length - 1)] ?? now
    at = Math.max(at, leaver + (rounds + 1) * windowMs + 1)
  }
  return at > now ? at : undefined
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
