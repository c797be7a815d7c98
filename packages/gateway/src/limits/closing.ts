/** Nothing goes out, but one call now and then, to find out whether that is still so. Times are of the wall clock. */
export class Closing {
  #untilMs: number | undefined
  #epoch = 0
  /** A call is finding out. */
  isBeingTried = false

  /** When one call may try; undefined while it is open. */
  get untilMs(): number | undefined {
    return this.#untilMs
  }

  /** Goes up with each closing: what a call learns that began before is old news. */
  get epoch(): number {
    return this.#epoch
  }

  close(untilMs: number): void {
    if (this.#untilMs === undefined) this.#epoch++
    this.#untilMs = untilMs
  }

  open(): void {
    this.#untilMs = undefined
  }

  /** The clock by which it is closed was set. */
  shift(byMs: number): void {
    if (this.#untilMs !== undefined) this.#untilMs += byMs
  }

  mayTry(nowMs: number): boolean {
    return this.#untilMs === undefined || (!this.isBeingTried && nowMs >= this.#untilMs)
  }
}
