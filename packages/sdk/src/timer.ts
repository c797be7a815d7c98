/** The longest timer of Node and browsers, 24.8 days: a longer one fires at once. */
export const LONGEST_TIMER_MS = 0x7fff_ffff

/** The nearest time that a timer can be set for: the longest if it is too long, 0 if it is past. */
export function clampTimerMs(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
}
