/** The longest timer: a longer one fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Resolves after that time; rejects as soon as the signal aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS))
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", abort)
  }
}
