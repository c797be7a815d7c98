/**
 * Distinguishes a jump of the wall clock from the passing of time. A wall clock that is set, forwards or back, does not
 * show how long something took; a monotonic one does, but its readings mean nothing outside this process.
 */
export class ClockWatch {
  /** By how much the wall clock is ahead of the monotonic clock. */
  #offset: number
  /** Recent leaps forwards; `at` is a time of the monotonic clock. */
  #leaps: { readonly at: number; readonly by: number }[] = []

  constructor(wall: number, monotonic: number) {
    this.#offset = wall - monotonic
  }

  /** @returns by how many milliseconds the wall clock has jumped since the last look; 0 while it merely drifts */
  look(wall: number, monotonic: number): number {
    const by = Math.round(wall - monotonic - this.#offset)
    this.#offset += by
    if (Math.abs(by) < SMALLEST_JUMP_MS) return 0
    this.#leaps = this.#leaps.filter(({ at }) => at > monotonic - LEAPS_KEPT_MS)
    if (by > 0) this.#leaps.push({ at: monotonic, by })
    return by
  }

  /**
   * How much longer the last `ms` look by the wall clock than they were. A search for events in that time by their
   * stored times has to start that much earlier.
   */
  stretch(ms: number, monotonic: number): number {
    const recent = this.#leaps.filter(({ at }) => at > monotonic - ms)
    return recent.reduce((sum, { by }) => sum + by, 0)
  }
}

/** The two clocks are not read at the same moment, and even a correct clock runs a little fast or slow. */
const SMALLEST_JUMP_MS = 500
/** Longer than any window that is searched. */
const LEAPS_KEPT_MS = 6 * 3_600_000
