import type { Clock } from "../clock.ts"

/** A clock on which every pause is over at once, as if its time had passed. */
export interface LeapingClock extends Clock {
  /** Lengths of all pauses so far. */
  readonly pausesMs: number[]
  advance(ms: number): void
}

export function leapingClock(): LeapingClock {
  let now = Date.UTC(2026, 0, 5)
  const pausesMs: number[] = []
  return {
    pausesMs,
    now: () => now,
    advance(ms) {
      now += ms
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      pausesMs.push(ms)
      now += ms
      // Others get their turn, as they would during a real pause.
      await new Promise(setImmediate)
      signal?.throwIfAborted()
    },
  }
}
