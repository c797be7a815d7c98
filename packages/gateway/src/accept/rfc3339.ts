/**
 * A moment with its zone, as in `2026-12-01T09:00:00+08:00` or `…Z`.
 * @returns milliseconds since 1970; undefined for what is no such text, or no day of the calendar (30 February)
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseRfc3339(text: string): number | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number)
  if (year === undefined || month === undefined || day === undefined) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return undefined
  const [, zoneHour = "0", zoneMinute = "0"] = /[+-](\d\d):(\d\d)$/.exec(text) ?? []
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined
  const at = Date.parse(text.toUpperCase().replace(" ", "T"))
  return Number.isNaN(at) ? undefined : at
}

export function formatRfc3339(at: number): string {
  return new Date(at).toISOString()
}

const FORM = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
