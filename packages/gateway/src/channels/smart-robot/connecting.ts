import type { Clock } from "@wecom-push/sdk"
import { Semaphore } from "../../model/semaphore.ts"

/**
 * Lets only a few robots connect at a time. If hundreds began at the same moment, none would be connected before the last
 * one, and on a busy machine none in time.
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

  /** If WeCom is slow to answer, the other robots may begin all the same. */
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
