import { clampTimerMs } from "../shared-work/shared-task.ts"

/** Ends one try, or the reading of files, when its time is up or its caller gives up. Real time even under a test's clock: the network is real. */
export class AttemptLimit {
  readonly #controller = new AbortController()
  readonly #callers: AbortSignal | undefined
  readonly #onAbort = (): void => this.#controller.abort(this.#callers?.reason)
  #timer: ReturnType<typeof setTimeout> | undefined
  #isReleased = false

  constructor(callers: AbortSignal | undefined) {
    this.#callers = callers
    if (callers?.aborted === true) this.#onAbort()
    callers?.addEventListener("abort", this.#onAbort)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** From now on, whatever was allowed before. Nothing once the try is over. */
  allow(ms: number): void {
    this.rest()
    if (this.#isReleased) return
    const end = (): void => this.#controller.abort(new DOMException("no answer", "TimeoutError"))
    this.#timer = setTimeout(end, clampTimerMs(ms))
  }

  /** Nothing is waited for at present. */
  rest(): void {
    clearTimeout(this.#timer)
  }

  /** The try is over. */
  release(): void {
    this.rest()
    this.#isReleased = true
    this.#callers?.removeEventListener("abort", this.#onAbort)
  }
}
