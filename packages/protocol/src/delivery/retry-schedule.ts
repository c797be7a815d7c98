import { classOf, isUnknownCode } from "./errcode-rules.ts"

/**
 * When a call is tried again, as data. `spreadDelay` varies the delays, so that calls that failed together are not
 * repeated together.
 */
export interface RetrySchedule {
  readonly firstDelayMs: number
  readonly factor: number
  readonly longestDelayMs: number
}

/** A caller waits for the answer, within a deadline of seconds. */
export const WHILE_CALLER_WAITS: RetrySchedule = { firstDelayMs: 200, factor: 2, longestDelayMs: 5000 }

/** WeCom did not get the call: the app's messages wait until WeCom can be reached, or until they expire. */
export const UNREACHABLE: RetrySchedule = { firstDelayMs: 1000, factor: 2, longestDelayMs: 60_000 }

/** The answer was lost: the same bytes are sent again, within the window of the duplicate check. */
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
 * After -1 and similar codes WeCom advises at most three tries with growing pauses. A call with an unknown code is
 * tried as often, and then the code counts as final.
 * @param tries so far, 1 or more
 * @returns undefined after three tries
 */
export function refusalDelayMs(tries: number): number | undefined {
  return tries < TRIES_IN_A_ROW ? 1000 * 2 ** (tries - 1) : undefined
}

/**
 * For a sender that can wait: three tries, ten minutes of rest, three tries again. A busy WeCom is no reason to give up
 * before the message expires.
 */
export function busyDelayMs(tries: number): number {
  const inThisRound = tries % TRIES_IN_A_ROW
  return (inThisRound === 0 ? undefined : refusalDelayMs(inThisRound)) ?? REST_MS
}

const TRIES_IN_A_ROW = 3
const REST_MS = 600_000

/** WeCom had too many calls under way at once (45033). */
export const CROWDED_DELAY_MS = 1000

/**
 * Whether the same request may succeed a moment later. Not a look-up with an unknown refusal: wrong numbers close
 * look-ups for a day.
 */
export function isPassingRefusal(errcode: number, api: string): boolean {
  if (errcode === 0) return false
  if (classOf(errcode, api) === "transient") return true
  return REPEATED_WHEN_UNKNOWN.has(api) && isUnknownCode(errcode)
}

const REPEATED_WHEN_UNKNOWN: ReadonlySet<string> = new Set(["message/send", "media/upload"])

/** Between 75 and 100 % of `ms`, so that each delay is longer than the one before. @param random from 0 to 1 */
export function spreadDelay(ms: number, random: () => number): number {
  return Math.round(ms * (0.75 + random() * 0.25))
}
