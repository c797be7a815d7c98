/** Why and until when a message that is not finished has nothing to do. */
export class NextWake {
  #nextAt = Infinity
  #laneHeldUntil = -Infinity
  #isOnlyInDoubt = true
  #isForLookups = false

  /** Recipients wait until this time. */
  until(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
    this.#isOnlyInDoubt = false
  }

  /**
   * Too many others wait for look-ups: the message is made due when some of them are done, and at this time at the latest.
   */
  forLookups(at: number): void {
    this.until(at)
    this.#isForLookups = true
  }

  /** A call whose answer was lost waits to be repeated; it must not keep others of its lane waiting without limit. */
  inDoubtUntil(at: number, since: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
    this.#laneHeldUntil = Math.max(this.#laneHeldUntil, since + LANE_HELD_IN_DOUBT_MS)
  }

  /** Delays the next time to this one at least, unless it is due now or never. */
  notBefore(at: number, now: number): void {
    if (this.#nextAt > now && this.#nextAt < Infinity) this.#nextAt = Math.max(this.#nextAt, at)
  }

  /** Makes no time later than now; the lane is held no longer than from now on. */
  atOnce(now: number): void {
    this.#nextAt = Math.min(this.#nextAt, now)
    this.#laneHeldUntil = Math.min(this.#laneHeldUntil, now + LANE_HELD_IN_DOUBT_MS)
  }

  get nextAt(): number {
    return this.#nextAt
  }

  get isForLookups(): boolean {
    return this.#isForLookups
  }

  get holdsLaneUntil(): number | undefined {
    return this.#isOnlyInDoubt && this.#laneHeldUntil !== -Infinity ? this.#laneHeldUntil : undefined
  }
}

const LANE_HELD_IN_DOUBT_MS = 60_000
