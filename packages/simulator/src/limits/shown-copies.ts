/** Copies that phones were shown, by app and day in Beijing: today's and yesterday's. */
export class ShownCopies {
  readonly #apps = new Map<number, Map<number, number>>()

  add(agentid: number, day: number, copies: number): void {
    const days = this.#apps.get(agentid) ?? new Map<number, number>()
    this.#apps.set(agentid, days)
    days.set(day, (days.get(day) ?? 0) + copies)
    for (const known of days.keys()) if (known < day - 1) days.delete(known)
  }

  of(agentid: number, day: number): number {
    return this.#apps.get(agentid)?.get(day) ?? 0
  }

  reset(): void {
    this.#apps.clear()
  }
}
