import { parseRfc3339 } from "../../accept/rfc3339.ts"

/**
 * The time at which a message is to be sent: `30m`, `2 hours`, seconds since 1970, or an RFC 3339 time.
 * @returns milliseconds since 1970; undefined for any other text
 */
export function readDelay(text: string, now: number): number | undefined {
  const trimmed = text.trim()
  if (/^\d{9,11}$/.test(trimmed)) return Number(trimmed) * 1000
  const [, count, unit = ""] = /^(\d{1,7})\s*([a-z]+)$/i.exec(trimmed) ?? []
  const ms = UNITS_MS[unit.toLowerCase()]
  if (count !== undefined && ms !== undefined) return now + Number(count) * ms
  return parseRfc3339(trimmed)
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3600_000, 24 * 3600_000] as const
const UNITS_MS: Readonly<Record<string, number | undefined>> = Object.assign(Object.create(null), {
  ...namesOf(SECOND, "s", "sec", "secs", "second", "seconds"),
  ...namesOf(MINUTE, "m", "min", "mins", "minute", "minutes"),
  ...namesOf(HOUR, "h", "hr", "hrs", "hour", "hours"),
  ...namesOf(DAY, "d", "day", "days"),
})

function namesOf(ms: number, ...names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, ms]))
}
