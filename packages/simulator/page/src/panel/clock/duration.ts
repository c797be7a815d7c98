import type { PanelWords } from "../words.ts"

/** A duration in its two greatest units, such as "3 days 2 hours". */
export function durationText(seconds: number, { clock: words }: PanelWords, separator: string): string {
  const whole = Math.round(seconds)
  const parts = [
    { count: Math.floor(whole / 86_400), text: words.days },
    { count: Math.floor(whole / 3600) % 24, text: words.hours },
    { count: Math.floor(whole / 60) % 60, text: words.minutes },
    { count: whole % 60, text: words.seconds },
  ]
  const first = parts.findIndex(({ count }) => count > 0)
  if (first < 0) return words.seconds(0)
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, text }) => text(count))
    .join(separator)
}

export const SECONDS_OF = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const

/**
 * How many seconds the clock must advance to show a day and time.
 * @param local the value of an `<input type="datetime-local">`, in the zone of the browser
 * @returns NaN when it is not a time
 */
export function secondsUntil(local: string, nowMs: number): number {
  return (new Date(local).getTime() - nowMs) / 1000
}

/** The value for an `<input type="datetime-local">`. */
export function localInput(atMs: number): string {
  const shifted = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 19)
}
