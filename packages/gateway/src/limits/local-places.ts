import type { Clock } from "@wecom-push/sdk"
import { MINUTE_MS } from "./chat-person-times.ts"
import type { PlacesHold, PlacesOfMinute } from "./chat-person-times.ts"

interface Taken {
  readonly places: number
  /** `Infinity` while the time is not known. */
  at: number
}

/** Places of a minute where this process alone sends to WeCom. */
export class LocalPlaces implements PlacesOfMinute {
  readonly #clock: Pick<Clock, "now">
  readonly #taken = new Set<Taken>()

  /** @param clock a steady one */
  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock
  }

  async take(wanted: number, ahead: number, limit: number): Promise<PlacesHold | { readonly againInMs: number }> {
    const now = this.#clock.now()
    for (const one of this.#taken) if (one.at + MINUTE_MS <= now) this.#taken.delete(one)
    const total = this.#taken.values().reduce((sum, { places }) => sum + places, 0)
    const excess = total + ahead + wanted - limit
    if (excess > 0) return { againInMs: this.#freeAt(excess, now) - now }
    const taken: Taken = { places: wanted, at: Infinity }
    this.#taken.add(taken)
    return {
      end: async (agoMs) => {
        if (agoMs === undefined) this.#taken.delete(taken)
        else taken.at = this.#clock.now() - agoMs
      },
    }
  }

  /** Notes places that a process before this one used. @param at steady */
  note(places: number, at: number): void {
    this.#taken.add({ places, at })
  }

  /** When so many of them are older than a minute. */
  #freeAt(excess: number, now: number): number {
    let left = excess
    const times = [...this.#taken].map(({ places, at }) => ({ places, freeAt: Math.min(at, now) + MINUTE_MS }))
    for (const { places, freeAt } of times.toSorted((one, other) => one.freeAt - other.freeAt)) {
      left -= places
      if (left <= 0) return freeAt
    }
    return now + MINUTE_MS
  }
}
