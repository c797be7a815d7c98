/** Why and until when a message that is not finished has nothing to do. */
export class NextWake {
  #nextAt = Infinity
  #laneHeldUntil = -Infinity
  #isOnlyInDoubt = true
  #isForLookups = false

  /** Recipients wait. */
  until(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
    this.#isOnlyInDoubt = false
  }

  /** Too many others wait for look-ups: when some of them are done it is called back, and then at the latest. */
  forLookups(at: number): void {
    this.until(at)
    this.#isForLookups = true
  }

  /** A call whose answer was lost waits to be repeated; it does not keep others of its lane waiting for ever. */
  inDoubtUntil(at: number, since: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
    this.#laneHeldUntil = Math.max(this.#laneHeldUntil, since + LANE_HELD_IN_DOUBT_MS)
  }

  /** Not sooner than then, unless it is now. */
  notBefore(at: number, now: number): void {
    if (this.#nextAt > now && this.#nextAt < Infinity) this.#nextAt = Math.max(this.#nextAt, at)
  }

  /** None of its times is later than now, and its lane held no longer than from now on. */
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
