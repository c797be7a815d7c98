import { NOON } from "../../store/testing/build.ts"

/** A clock that runs only when it is put forward or set. */
export class ManualClock {
  nowMs = NOON
  /** The duration of each sleep. */
  readonly sleeps: number[] = []
  #setMs = 0
  readonly #sleepers = new Set<{ readonly until: number; wake(): void }>()

  now = (): number => this.nowMs + this.#setMs
  monotonic = (): number => this.nowMs

  /** How many are asleep. */
  get sleepers(): number {
    return this.#sleepers.size
  }

  advance(ms: number): void {
    this.nowMs += ms
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.nowMs) sleeper.wake()
  }

  /** The wall clock is set, and no time passes. */
  jump(ms: number): void {
    this.#setMs += ms
  }

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    this.sleeps.push(ms)
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { until: this.nowMs + ms, wake: resolve }
    if (ms <= 0) resolve()
    this.#sleepers.add(sleeper)
    signal?.addEventListener("abort", () => resolve())
    await promise
    this.#sleepers.delete(sleeper)
    signal?.throwIfAborted()
  }
}
