import { clampTimerMs } from "./timer.ts"

/** The result did not come in time. It may still come: a call of the caller's own store cannot be stopped. */
export class TookTooLong extends Error {
  override readonly name = "TookTooLong"
  readonly code = "STORE_TIMEOUT"
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}

/**
 * Waits for an effect outside this process, for at most `timeoutMs`. It uses real time even under a test's clock,
 * because the effect is real.
 * @throws {TookTooLong} and the error with which the effect fails
 */
export async function bounded<T>(effect: () => T | Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  let timer = setTimeout(() => {
    // One more turn of the event loop: after a long pause of the process an answer may have arrived that is not read
    // yet.
    timer = setTimeout(() => late.reject(new TookTooLong(timeoutMs)), 1)
  }, clampTimerMs(timeoutMs))
  try {
    return await Promise.race([effect(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
