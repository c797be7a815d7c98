import { beijingDay } from "../clock.ts"

/**
 * Something an owner may have so many of a day. The request that would exceed it is refused and closes the rest of
 * the day, smaller requests included.
 */
export class DayQuota {
  readonly #owners = new Map<string | number, { day: number; used: number; closed: boolean }>()

  /** Whether `amount` still fits; if so it counts. */
  take(owner: string | number, amount: number, limit: number | null, nowMs: number): boolean {
    if (limit === null) return true
    const today = this.#today(owner, nowMs)
    if (!today.closed && today.used + amount <= limit) {
      today.used += amount
      return true
    }
    today.closed = true
    return false
  }

  isClosed(owner: string | number, limit: number | null, nowMs: number): boolean {
    return limit !== null && this.#today(owner, nowMs).closed
  }

  /** Opens what was closed; what was used stays used. */
  open(): void {
    for (const today of this.#owners.values()) today.closed = false
  }

  reset(): void {
    this.#owners.clear()
  }

  #today(owner: string | number, nowMs: number): { used: number; closed: boolean } {
    const day = beijingDay(nowMs)
    let today = this.#owners.get(owner)
    if (today === undefined || today.day !== day) {
      today = { day, used: 0, closed: false }
      this.#owners.set(owner, today)
    }
    return today
  }
}
