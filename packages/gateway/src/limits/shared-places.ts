import type { Clock } from "@wecom-push/sdk"
import type { SharedPaces } from "../model/ports/shared-counts.ts"
import { StorageError } from "../model/storage-error.ts"
import { MINUTE_MS } from "./chat-person-times.ts"
import type { PlacesHold, PlacesOfMinute } from "./chat-person-times.ts"

/** Places of a minute that all nodes count together. */
export class SharedPlaces implements PlacesOfMinute {
  readonly #paces: SharedPaces
  readonly #clock: Pick<Clock, "now">
  readonly #name: string

  /** @param clock a steady one. @param name the pace's name, the same on all nodes */
  constructor(paces: SharedPaces, clock: Pick<Clock, "now">, name: string) {
    this.#paces = paces
    this.#clock = clock
    this.#name = name
  }

  async take(wanted: number, ahead: number, limit: number): Promise<PlacesHold | { readonly againInMs: number }> {
    const rules = [{ limit, windowMs: MINUTE_MS }]
    // Read before the question, so that it is not later than the database's time.
    const askedAt = this.#clock.now()
    const { granted, againInMs, at: takenAt } = await this.#paces.take(this.#name, rules, wanted, [], { ahead })
    if (granted < wanted) return { againInMs }
    return {
      end: async (agoMs) => {
        const answeredAt = agoMs === undefined ? undefined : takenAt + this.#clock.now() - agoMs - askedAt
        if (answeredAt !== undefined && answeredAt - takenAt < MOVED_FROM_MS) return
        try {
          await this.#paces.take(this.#name, rules, 0, [{ takenAt, answeredAt, places: wanted }], { ahead: 0 })
        } catch (error) {
          if (!(error instanceof StorageError)) throw error
        }
      },
    }
  }
}

/** A place counts by the second. */
const MOVED_FROM_MS = 1000
