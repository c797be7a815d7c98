import { clampTimerMs } from "../timer.ts"
import type { Clock } from "../clock.ts"

/** How long a caller waits for a task. */
export interface WaitLimits {
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
}

/** Ends the task itself, once no caller waits for it. */
export interface TaskLimits {
  /** The deadline of the most patient caller so far; a later caller may move it. */
  deadline(): number
  /** Aborted when the last caller has left. */
  readonly signal: AbortSignal
}

/**
 * One piece of work that many callers wait for, each within limits of their own. A caller who gives up leaves the others
 * waiting; the work is stopped only when the last one has left.
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
    // Starts one microtask later, when the caller that started the work has joined it.
    this.#result = Promise.resolve()
      .then(() => run({ deadline: () => this.#deadline, signal: this.#controller.signal }))
      .finally(() => {
        this.#hasEnded = true
      })
    // All callers may have left by the time the work fails.
    this.#result.catch(() => undefined)
  }

  /** False once it has ended, or is being stopped because all have left. */
  get isJoinable(): boolean {
    return !this.#hasEnded && !this.#controller.signal.aborted
  }

  /** @throws {WaitEnded} when this caller's time is up or it aborts; else whatever the work throws */
  async join(limits: WaitLimits): Promise<T> {
    throwIfEnded(limits, this.#clock)
    const { deadline, signal } = limits
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
      // Stopping the work makes it report what it was waiting for, which says more than our own "time is up".
      const graceMs = this.#controller.signal.aborted ? GRACE_MS : 0
      graceTimer = setTimeout(() => end(new WaitEnded("deadline")), graceMs)
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

/** @throws {WaitEnded} for a caller that has given up before it waits: without a caller no work is started. */
export function throwIfEnded({ deadline, signal }: WaitLimits, clock: Clock): void {
  if (signal?.aborted === true) throw new WaitEnded(endOf(signal))
  if (clock.now() >= deadline) throw new WaitEnded("deadline")
}

/** A signal that ends by itself after a while is a deadline, not an abort by the caller. */
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
