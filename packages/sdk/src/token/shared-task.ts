import type { Clock } from "../clock.ts"

/** What a caller grants a task it waits for. */
export interface WaitLimits {
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
}

/** What the task itself may take: as long as its most patient caller waits. */
export interface TaskLimits {
  deadline(): number
  readonly signal: AbortSignal
}

/**
 * One piece of work that many callers wait for. A caller who gives up leaves alone; the work is stopped only when the
 * last one has left.
 */
export class SharedTask<T> {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  readonly #result: Promise<T>
  #hasEnded = false
  #waiting = 0
  #deadline = 0

  constructor(clock: Clock, run: (limits: TaskLimits) => Promise<T>) {
    this.#clock = clock
    // A turn later, when the caller who started the work has joined it.
    this.#result = Promise.resolve()
      .then(() => run({ deadline: () => this.#deadline, signal: this.#controller.signal }))
      .finally(() => {
        this.#hasEnded = true
      })
    // Everybody may have left by the time it fails.
    this.#result.catch(() => undefined)
  }

  /** False once it has ended, or is being stopped because all have left. */
  get isJoinable(): boolean {
    return !this.#hasEnded && !this.#controller.signal.aborted
  }

  /** @throws {WaitEnded} when this caller's time is up or it aborts; else whatever the work throws */
  async join({ deadline, signal }: WaitLimits): Promise<T> {
    if (signal?.aborted === true) throw new WaitEnded(endOf(signal))
    this.#waiting++
    this.#deadline = Math.max(this.#deadline, deadline)
    const { promise: ended, reject: end } = Promise.withResolvers<never>()
    let hasLeft = false
    const leave = (reason: unknown): void => {
      if (hasLeft) return
      hasLeft = true
      this.#waiting--
      if (this.#waiting === 0) this.#controller.abort(reason)
    }
    const onAbort = (): void => {
      leave(signal?.reason)
      end(new WaitEnded(endOf(signal)))
    }
    const onDeadline = (): void => {
      leave(new DOMException("deadline", "TimeoutError"))
      // Stopping the work makes it say what it was waiting for, which is worth more than our own "time is up".
      graceTimer = setTimeout(() => end(new WaitEnded("deadline")), GRACE_MS)
    }
    let graceTimer: ReturnType<typeof setTimeout> | undefined
    const timer = setTimeout(onDeadline, clampTimerMs(deadline - this.#clock.now()))
    signal?.addEventListener("abort", onAbort)
    try {
      return await Promise.race([this.#result, ended])
    } finally {
      clearTimeout(timer)
      clearTimeout(graceTimer)
      signal?.removeEventListener("abort", onAbort)
      hasLeft = true
    }
  }
}

const GRACE_MS = 50

/** Timers past 2^31 ms fire at once. */
export function clampTimerMs(ms: number): number {
  return Math.min(Math.max(ms, 0), 0x7fff_ffff)
}

/** A signal that ends by itself after a while is a deadline, not somebody's change of mind. */
export function endOf(signal: AbortSignal | undefined): "aborted" | "deadline" {
  return signal?.reason instanceof Error && signal.reason.name === "TimeoutError" ? "deadline" : "aborted"
}

export class WaitEnded extends Error {
  override readonly name = "WaitEnded"
  readonly why: "aborted" | "deadline"

  constructor(why: "aborted" | "deadline") {
    super(why)
    this.why = why
  }
}
