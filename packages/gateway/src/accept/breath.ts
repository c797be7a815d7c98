import { setImmediate as immediate } from "node:timers/promises"

/** Lets other work use the thread again and again while work that may take long is running. */
export class Breath {
  readonly #mostMs: number
  #since = performance.now()

  /** @param mostMs for how many milliseconds the work may hold the thread at a time */
  constructor(mostMs: number) {
    this.#mostMs = mostMs
  }

  /** @returns undefined while the work may continue at once */
  take(): Promise<void> | undefined {
    return performance.now() - this.#since < this.#mostMs ? undefined : this.#rest()
  }

  async #rest(): Promise<void> {
    await immediate()
    this.#since = performance.now()
  }
}

/** Short enough that work that waits for the thread does not notice. */
export const HELD_MS = 8
