import { setImmediate as immediate } from "node:timers/promises"

/** For work that may take long: lets others have the thread again and again. */
export class Breath {
  readonly #mostMs: number
  #since = performance.now()

  /** @param mostMs for how long the thread is held at a time */
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

/** So that those who wait meanwhile do not notice. */
export const HELD_MS = 8
