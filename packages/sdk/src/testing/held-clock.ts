import type { Clock } from "../clock.ts"

/** A clock that only the test moves. */
export interface HeldClock extends Clock {
  advance(ms: number): void
}

export function heldClock(): HeldClock {
  let now = Date.UTC(2026, 0, 5)
  const sleepers = new Set<() => void>()
  return {
    now: () => now,
    monotonic: () => now,
    advance(ms) {
      now += ms
      for (const look of sleepers) look()
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      const endsAt = now + ms
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = (): void => {
        if (now >= endsAt || signal?.aborted === true) resolve()
      }
      sleepers.add(look)
      signal?.addEventListener("abort", look, { once: true })
      look()
      await promise
      sleepers.delete(look)
      signal?.removeEventListener("abort", look)
      signal?.throwIfAborted()
    },
  }
}
