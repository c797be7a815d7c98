/**
 * While it is closed, only an occasional call goes out, to find out whether it still is. Times are of the wall clock.
 */
export class Closing {
  #untilMs: number | undefined
  #epoch = 0
  /** A call is trying. */
  isBeingTried = false

  /** When one call may try; undefined while it is open. */
  get untilMs(): number | undefined {
    return this.#untilMs
  }

  /** Goes up with each closing: the result of a call that began before the latest one cannot open it. */
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

  /** The wall clock was set. */
  shift(byMs: number): void {
    if (this.#untilMs !== undefined) this.#untilMs += byMs
  }

  mayTry(nowMs: number): boolean {
    return this.#untilMs === undefined || (!this.isBeingTried && nowMs >= this.#untilMs)
  }
}
