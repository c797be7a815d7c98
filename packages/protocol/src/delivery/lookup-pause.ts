import { nextBeijingDayAt } from "./beijing-day.ts"

/**
 * A pause by WeCom (45009), of a corp's look-ups or an app's sends: its end, and its place in a row of pauses, which
 * sets the length of the next one.
 */
export interface LookupPause {
  readonly until: number
  readonly step: 1 | 2 | 3
}

/** A store cannot delete a pause, so an ended one is stored as this value. */
export const NO_PAUSE: LookupPause = { until: 0, step: 1 }

/**
 * WeCom's 45009 does not say which limit was exceeded, so each pause that did not help is followed by a longer one: a
 * minute, an hour, until the next day in Beijing. Further calls during a block do not help.
 * @see https://developer.work.weixin.qq.com/document/path/90312
 */
export function nextPause(before: LookupPause | undefined, now: number): LookupPause {
  const [first, second] = PAUSES_MS
  if (!isPause(before)) return { until: now + first, step: 1 }
  if (before.step === 1) return { until: now + second, step: 2 }
  return { until: nextBeijingDayAt(now), step: 3 }
}

/** Undefined when WeCom may be asked. */
export function pausedUntil({ until, step }: LookupPause, now: number): number | undefined {
  const leftMs = until - now
  // The rest is longer than the whole pause: the clock was set back in the meantime.
  return leftMs > 0 && leftMs <= LONGEST_MS[step] ? until : undefined
}

export function isPause(pause: LookupPause | undefined): pause is LookupPause {
  return pause !== undefined && pause.until !== NO_PAUSE.until
}

/** Records of a store are checked before they are used. */
export function isLookupPause(value: unknown): value is LookupPause {
  if (typeof value !== "object" || value === null) return false
  const { until, step }: { until?: unknown; step?: unknown } = value
  return typeof until === "number" && (step === 1 || step === 2 || step === 3)
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** The first two pauses; the third lasts until the end of the day. */
export const PAUSES_MS = [MINUTE_MS, HOUR_MS] as const
const LONGEST_MS = { 1: MINUTE_MS, 2: HOUR_MS, 3: 24 * HOUR_MS } as const
