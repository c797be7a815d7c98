import { nextBeijingDayAt } from "./beijing-day.ts"

/** A pause by WeCom (45009), of a corp's look-ups or an app's sends: its end, and how often in a row, which sets the next pause. */
export interface LookupPause {
  readonly until: number
  readonly step: 1 | 2 | 3
}

/** A store cannot forget a pause, so one that ended well is written down as none. */
export const NO_PAUSE: LookupPause = { until: 0, step: 1 }

/**
 * WeCom's 45009 does not tell which limit was broken, so each pause that did not help is followed by a longer one: a
 * minute, an hour, until the next day in Beijing. Calling on during a block does not help.
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
  // More is left than it was long: the clock was set back since.
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
/** The first two; the third ends with the day. */
export const PAUSES_MS = [MINUTE_MS, HOUR_MS] as const
const LONGEST_MS = { 1: MINUTE_MS, 2: HOUR_MS, 3: 24 * HOUR_MS } as const
