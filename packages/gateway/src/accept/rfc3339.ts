import type { Bilingual } from "@wecom-push/protocol"

/**
 * A time with its offset, as in `2026-12-01T09:00:00+08:00` or `…Z`.
 * @returns milliseconds since 1970; undefined for any other text, or a day that does not exist (30 February)
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseRfc3339(text: string): number | undefined {
  const match = FORM.exec(text)
  if (match === null || missingDay(match) !== undefined) return undefined
  const at = Date.parse(text.toUpperCase().replace(" ", "T"))
  return Number.isNaN(at) ? undefined : at
}

/** Why `parseRfc3339` does not accept a text, as the end of a sentence, and how to correct it. */
export function whyNoTime(text: string): Bilingual {
  const match = FORM.exec(text)
  const day = match === null ? undefined : missingDay(match)
  if (day !== undefined) {
    return {
      en: `names ${day}, a day that the calendar does not have; correct the date.`,
      zh: `中的日期 ${day} 不存在，请更正。`,
    }
  }
  return {
    en: "is not an RFC 3339 time with offset; write it as 2026-12-01T09:00:00+08:00.",
    zh: "不是带时区偏移的 RFC 3339 时间，请写成 2026-12-01T09:00:00+08:00 的形式。",
  }
}

export function formatRfc3339(at: number): string {
  return new Date(at).toISOString()
}

const FORM =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const DAYS_OF_EVERY_MONTH = 28

/** @returns the date if its month has no such day */
function missingDay([, year = "", month = "", day = ""]: readonly string[]): string | undefined {
  const isThere = Number(day) <= DAYS_OF_EVERY_MONTH || Number(day) <= daysOf(Number(year), Number(month))
  return isThere ? undefined : `${year}-${month}-${day}`
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
