/**
 * The value awaited, unless it takes longer: a run that makes no progress must end, and say what it waits for.
 * @throws {Error} that says what is waited for
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
