import { clampTimerMs } from "../timer.ts"

/**
 * Ends one try, or the reading of files, when its time is up or its caller gives up. It uses real time even under a
 * test's clock, because the network is real.
 */
export class AttemptLimit {
  /** Called when the limit ends the try. One listener is enough, and far cheaper than a signal. */
  onEnd: (() => void) | undefined
  readonly #callers: AbortSignal | undefined
  #onAbort: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** In milliseconds of `performance.now`. */
  #endsAt = Infinity
  #looksAt = 0
  #isReleased = false
  #hasEnded = false
  #reason: unknown
  #controller: AbortController | undefined

  constructor(callers: AbortSignal | undefined) {
    this.#callers = callers
    if (callers === undefined) return
    this.#onAbort = (): void => this.end(callers.reason)
    if (callers.aborted) this.#onAbort()
    callers.addEventListener("abort", this.#onAbort)
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Why it has ended, as the `reason` of a signal. */
  get reason(): unknown {
    return this.#reason
  }

  /** For code that needs a signal. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#hasEnded) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Sets the time from now on, in place of the time allowed before. No effect once the try is over. */
  allow(ms: number): void {
    if (this.#isReleased) return
    const now = performance.now()
    this.#endsAt = now + ms
    if (this.#timer !== undefined && this.#looksAt <= this.#endsAt) return
    clearTimeout(this.#timer)
    this.#lookAgain(now)
  }

  /** Suspends the limit: at present nothing waits. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** The try is over. */
  release(): void {
    this.rest()
    this.#isReleased = true
    this.onEnd = undefined
    if (this.#onAbort !== undefined) this.#callers?.removeEventListener("abort", this.#onAbort)
  }

  #lookAgain(now: number): void {
    const ms = clampTimerMs(Math.min(this.#endsAt - now, LOOK_AFTER_MS))
    this.#looksAt = now + ms
    this.#timer = setTimeout(() => this.#look(), ms)
  }

  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    if (now < this.#endsAt) this.#lookAgain(now)
    else this.end(new DOMException("no answer", "TimeoutError"))
  }

  /** Ends the try before its time is up. No effect when it has already ended. */
  end(reason: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#reason = reason
    this.onEnd?.()
    this.#controller?.abort(reason)
  }
}

/** Longer than nearly all tries take, so that one timer serves both the wait for a connection and the try. */
const LOOK_AFTER_MS = 10_000
