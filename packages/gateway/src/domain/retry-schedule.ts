/** When a call is tried again, as data. Delays are spread by `spreadDelay`, so that what failed together does not return together. */
export interface RetrySchedule {
  readonly firstDelayMs: number
  readonly factor: number
  readonly longestDelayMs: number
}

/** WeCom did not get the call: an app's messages wait until it can be reached, or until they expire. */
export const UNREACHABLE: RetrySchedule = { firstDelayMs: 1000, factor: 2, longestDelayMs: 60_000 }

/** The answer was lost: the same bytes again, inside the window of the duplicate check. */
export const IN_DOUBT: RetrySchedule = { firstDelayMs: 1000, factor: 2, longestDelayMs: 300_000 }

/** Look-ups that WeCom did not answer. */
export const UNANSWERED_LOOKUP: RetrySchedule = { firstDelayMs: 1000, factor: 2, longestDelayMs: 60_000 }

/** WeCom counts uploads by the minute and by the hour. */
export const THROTTLED_UPLOAD: RetrySchedule = { firstDelayMs: 60_000, factor: 5, longestDelayMs: 3_600_000 }

/** @param failures so far, 1 or more */
export function delayMs(schedule: RetrySchedule, failures: number): number {
  return Math.min(schedule.longestDelayMs, schedule.firstDelayMs * schedule.factor ** (failures - 1))
}

/**
 * -1 and its kin: WeCom advises at most three tries. So it gets three, then ten minutes of rest, then three again: a
 * busy system is no reason to give a message up before it expires.
 */
export function busyDelayMs(tries: number): number {
  const inThisRound = tries % TRIES_IN_A_ROW
  return inThisRound === 0 ? REST_MS : 1000 * 2 ** (inThisRound - 1)
}

/** A code nobody knows is tried as often, and then believed. */
export function unknownCodeDelayMs(tries: number): number | undefined {
  return tries < TRIES_IN_A_ROW ? 1000 * 2 ** (tries - 1) : undefined
}

const TRIES_IN_A_ROW = 3
const REST_MS = 600_000

/** 75 to 100 % of it, so that each delay is longer than the one before. */
export function spreadDelay(ms: number, random: () => number): number {
  return Math.round(ms * (0.75 + random() * 0.25))
}
