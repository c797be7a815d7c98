/** A time limit, measured by a clock that cannot be set: the time of day may jump in between. */
export class Deadline {
  readonly #endsAt: number

  constructor(withinMs: number) {
    this.#endsAt = performance.now() + withinMs
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now())
  }
}
