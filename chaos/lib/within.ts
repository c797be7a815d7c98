/**
 * Waits for the value, but not longer than `ms`: a run that makes no progress must end, and say what it waits for.
 * @throws {Error} that names what it waits for, when the time is over
 */
export async function within<T>(work: Promise<T>, ms: number, waitsFor: () => string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`after ${ms / 1000} s it still waits: ${waitsFor()}`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
