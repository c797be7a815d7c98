import { LONGEST_TIMER_MS } from "./pause.ts"

/**
 * Works with a signal that is raised when the time is over, and when the caller's is. With a timer of its own: what
 * `AbortSignal.timeout` and `AbortSignal.any` give may be collected before it is raised.
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
