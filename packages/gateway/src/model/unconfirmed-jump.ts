/**
 * How far the wall clock has been set too recently to be believed: until a new reading has lasted, the one before it
 * may be the right one. A clock that is set back to where it was is believed at once.
 */
export class UnconfirmedJump {
  readonly #lastsMs: number
  #byMs: number
  /** When the present reading began, by the monotonic clock. */
  #since: number

  /** @param lastsMs how long a reading must last to be believed */
  constructor(lastsMs: number, byMs: number, monotonic: number) {
    this.#lastsMs = lastsMs
    this.#byMs = isBelievedAtOnce(byMs) ? 0 : byMs
    this.#since = monotonic
  }

  /** @param byMs by how much the wall clock has been set just now */
  jumped(byMs: number, monotonic: number): void {
    if (isBelievedAtOnce(byMs)) return
    const all = this.byMs(monotonic) + byMs
    this.#byMs = isBelievedAtOnce(all) ? 0 : all
    this.#since = monotonic
  }

  /** How far the wall clock is ahead of the believed reading; below 0 when it is behind. */
  byMs(monotonic: number): number {
    if (monotonic - this.#since >= this.#lastsMs) this.#byMs = 0
    return this.#byMs
  }

  /** How much longer the present reading has to last. */
  leftMs(monotonic: number): number {
    return this.byMs(monotonic) === 0 ? 0 : this.#since + this.#lastsMs - monotonic
  }
}

/** A step of a time service: it loses nothing, and a clock that needs many would otherwise never be believed. */
export function isBelievedAtOnce(byMs: number): boolean {
  return Math.abs(byMs) < 60_000
}
