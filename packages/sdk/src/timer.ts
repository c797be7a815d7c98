/** Of Node and of browsers: a timer that is set for longer fires at once. 24.8 days. */
export const LONGEST_TIMER_MS = 0x7fff_ffff

/** A time that a timer can be set for: what is too long becomes the longest, what is past becomes 0. */
export function clampTimerMs(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
}
