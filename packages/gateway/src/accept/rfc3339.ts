/**
 * A moment with its zone, as in `2026-12-01T09:00:00+08:00` or `…Z`.
 * @returns milliseconds since 1970; undefined for what is no such text, or no day of the calendar (30 February)
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseRfc3339(text: string): number | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, year, month, day] = match
  if (Number(day) > DAYS_OF_EVERY_MONTH && Number(day) > daysOf(Number(year), Number(month))) return undefined
  const at = Date.parse(text.toUpperCase().replace(" ", "T"))
  return Number.isNaN(at) ? undefined : at
}

export function formatRfc3339(at: number): string {
  return new Date(at).toISOString()
}

const FORM =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const DAYS_OF_EVERY_MONTH = 28

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
