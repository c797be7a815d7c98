import type { Language } from "../shell/language.ts"
import { WORDS } from "../shell/words.ts"

const DAY_MS = 86_400_000

/** As WeCom writes times: the clock alone today, then yesterday, the day of the week, the date. */
export function whenOf(at: string, language: Language, now = new Date()): string {
  const time = new Date(at)
  const clock = clockOf(at, language)
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days === 0) return clock
  if (days === 1) return `${WORDS[language].yesterday} ${clock}`
  if (days > 1 && days < 7) return `${format(time, language, { weekday: "long" })} ${clock}`
  const year = time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const }
  return `${format(time, language, { ...year, month: "short", day: "numeric" })} ${clock}`
}

/** The same in a list, where there is little room. */
export function shortWhenOf(at: string, language: Language, now = new Date()): string {
  const time = new Date(at)
  const days = Math.round((startOfDay(now) - startOfDay(time)) / DAY_MS)
  if (days === 0) return clockOf(at, language)
  if (days === 1) return WORDS[language].yesterday
  return format(time, language, { month: "numeric", day: "numeric" })
}

export function clockOf(at: string, language: Language): string {
  return format(new Date(at), language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
}

export function fullTimeOf(at: string, language: Language): string {
  return format(new Date(at), language, { dateStyle: "full", timeStyle: "medium", hourCycle: "h23" })
}

const QUIET_MS = 5 * 60_000

/** Whether a message has a time above it: after a pause, and on another day. */
export function isNewStretch(at: string, before: string | undefined): boolean {
  if (before === undefined) return true
  const [time, earlier] = [new Date(at), new Date(before)]
  return time.getTime() - earlier.getTime() > QUIET_MS || startOfDay(time) !== startOfDay(earlier)
}

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime()
}

// Making one costs a hundred times what using it does.
const formats = new Map<string, Intl.DateTimeFormat>()

function format(time: Date, language: Language, options: Intl.DateTimeFormatOptions): string {
  const name = language + JSON.stringify(options)
  let found = formats.get(name)
  if (found === undefined) {
    found = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", options)
    formats.set(name, found)
  }
  return found.format(time)
}
