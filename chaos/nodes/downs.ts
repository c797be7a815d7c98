import { Semaphore } from "../../packages/gateway/src/model/semaphore.ts"
import type { Place } from "../nemesis/live.ts"

/** Limits how many nodes may be down at a time: dead, starting, paused, or about to die at a point. */
export class Downs {
  readonly #semaphore: Semaphore

  constructor(most: number) {
    this.#semaphore = new Semaphore(most)
  }

  /** The permit of one node. */
  placeOf(): Place {
    let isTaken = false
    return {
      take: async () => {
        if (isTaken) return
        await this.#semaphore.enter()
        isTaken = true
      },
      leave: () => {
        if (isTaken) this.#semaphore.leave()
        isTaken = false
      },
    }
  }
}
