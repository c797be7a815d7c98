import type { Readable } from "node:stream"
import type { Problem } from "../../problems/problem.ts"
import type { BodyReservation } from "./body-budget.ts"

/** Bodies of which not all bytes have arrived, the oldest first. */
export class UnfinishedBodies {
  readonly #reservations = new Map<Readable, BodyReservation>()

  add(payload: Readable, reservation: BodyReservation): void {
    this.#reservations.set(payload, reservation)
    for (const event of ["end", "close"]) payload.once(event, () => this.#reservations.delete(payload))
  }

  /**
   * Ends the oldest body other than this one, and frees its memory.
   * @param problem the answer to its request
   * @returns false if no other body can be ended
   */
  endOldestBut(one: Readable, problem: Problem): boolean {
    for (const [payload, reservation] of this.#reservations) {
      if (payload === one) continue
      this.#reservations.delete(payload)
      // Its request was refused before, and without a listener the error would end the process.
      if (payload.listenerCount("error") === 0) continue
      payload.emit("error", problem)
      reservation.resize(0)
      return true
    }
    return false
  }
}
