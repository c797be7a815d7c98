import { clampTimerMs, LONGEST_TIMER_MS } from "./timer.ts"

/** Time as the SDK sees it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that pass independently of changes to the wall clock. When absent, `now` is assumed never to be set. */
  monotonic?(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    // A timer beyond the longest possible one would fire at once.
    for (let leftMs = ms; ; leftMs -= LONGEST_TIMER_MS) {
      await nap(leftMs, signal)
      if (leftMs <= LONGEST_TIMER_MS) return
    }
  },
}

async function nap(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = (): void => resolve()
  const timer = setTimeout(wake, clampTimerMs(ms))
  signal?.addEventListener("abort", wake, { once: true })
  await promise
  clearTimeout(timer)
  signal?.removeEventListener("abort", wake)
  signal?.throwIfAborted()
}
