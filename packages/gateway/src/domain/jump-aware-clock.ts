import type { Clock } from "@wecom-push/sdk"
import { ClockWatch } from "./clock-watch.ts"

/**
 * The wall clock, by which things are stored and told, watched for jumps; and beside it a steady time, which is the wall
 * clock's without them, and by which durations are measured while the process lives.
 */
export class JumpAwareClock implements Clock {
  readonly steady: Clock
  readonly #machine: Clock
  readonly #watch: ClockWatch
  readonly #listeners: ((byMs: number) => void)[] = []
  /** All jumps since the process began. */
  #jumpedMs = 0

  constructor(machine: Clock) {
    this.#machine = machine
    this.#watch = new ClockWatch(machine.now(), this.#monotonic())
    this.steady = {
      now: () => this.now() - this.#jumpedMs,
      sleep: (ms, signal) => machine.sleep(ms, signal),
    }
  }

  now(): number {
    const now = this.#machine.now()
    const by = this.#watch.look(now, this.#monotonic())
    if (by === 0) return now
    this.#jumpedMs += by
    for (const tell of this.#listeners) tell(by)
    return now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal)
  }

  /** Calls `listener` when the wall clock has jumped, by so many milliseconds: below 0 when it went back. */
  onJump(listener: (byMs: number) => void): void {
    this.#listeners.push(listener)
  }

  /** A steady time as the wall clock would show it now. */
  toWall(steady: number): number {
    return steady + this.#jumpedMs
  }

  toSteady(wall: number): number {
    return wall - this.#jumpedMs
  }

  /** How far to look back by the times that were noted, for what happened in the last `ms`. */
  lookBack(ms: number): number {
    return ms + this.#watch.stretch(ms, this.#monotonic())
  }

  /** By which messages expire. */
  expiryTime(): number {
    return this.#watch.expiryTime(this.now(), this.#monotonic())
  }

  /** For how long yet that differs from what the clock shows. */
  graceMs(): number {
    return this.#watch.graceMs(this.#monotonic())
  }

  #monotonic(): number {
    return Math.round(this.#machine.monotonic?.() ?? this.#machine.now())
  }
}
