import { LONGEST_TIMER_MS } from "./pause.ts"

/**
 * Runs work with a signal that aborts when the time is up, or when the caller's signal aborts. It uses a timer of its
 * own, because signals of `AbortSignal.timeout` and `AbortSignal.any` may be garbage-collected before they abort.
 */
export async function limited<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new Error("no answer in time")), Math.min(ms, LONGEST_TIMER_MS))
  const abort = (): void => limit.abort(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  try {
    return await work(limit.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", abort)
  }
}
