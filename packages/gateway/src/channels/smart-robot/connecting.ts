import type { Clock } from "@wecom-push/sdk"
import { Semaphore } from "../../model/semaphore.ts"

/**
 * Lets few robots connect at a time. Were hundreds to begin at the same moment, each would be connected when the last one is, and on a
 * busy machine none in time.
 */
export class Connecting {
  readonly #places = new Semaphore(AT_ONCE)
  readonly #clock: Pick<Clock, "sleep">

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock
  }

  async run<T>(connect: () => Promise<T>): Promise<T> {
    await this.#places.enter()
    const connecting = connect()
    void this.#leave(connecting)
    return connecting
  }

  /** A WeCom that is slow to answer does not keep the others from beginning. */
  async #leave(connecting: Promise<unknown>): Promise<void> {
    const over = new AbortController()
    try {
      await Promise.race([connecting, this.#clock.sleep(PLACE_MS, over.signal)])
    } catch {
      // Its caller gets the error.
    }
    over.abort()
    this.#places.leave()
  }
}

const AT_ONCE = 64
const PLACE_MS = 500
