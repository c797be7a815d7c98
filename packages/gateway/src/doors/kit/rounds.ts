/** How many continue in each round: some milliseconds of work, after which other work gets its turn. */
const EACH_ROUND = 16

/**
 * Rounds of the event loop, for work that comes in large numbers: those that wait continue in the order in which they came.
 */
export class Rounds {
  #waiting: (() => void)[] = []

  /** Calls `resume` when those that came before have continued. */
  wait(resume: () => void): void {
    this.#waiting.push(resume)
    if (this.#waiting.length === 1) setImmediate(() => this.#run())
  }

  #run(): void {
    const due = this.#waiting.slice(0, EACH_ROUND)
    this.#waiting = this.#waiting.slice(EACH_ROUND)
    if (this.#waiting.length > 0) setImmediate(() => this.#run())
    for (const resume of due) resume()
  }
}
