/** Remembers when things happened, to count those in the window that ends now. */
export class SlidingLog {
  #timesMs: number[] = []
  #head = 0

  add(nowMs: number): void {
    this.#timesMs.push(nowMs)
  }

  /** Forgets what lies `windowMs` or more back and counts the rest. */
  countWithin(windowMs: number, nowMs: number): number {
    while (this.#head < this.#timesMs.length && (this.#timesMs[this.#head] ?? 0) <= nowMs - windowMs) this.#head++
    if (this.#head > 64 && this.#head * 2 > this.#timesMs.length) {
      this.#timesMs = this.#timesMs.slice(this.#head)
      this.#head = 0
    }
    return this.#timesMs.length - this.#head
  }

  /** Whether the window holds `limit` of them already, in constant time: only the limit-th newest is looked at. */
  isFull(limit: number, windowMs: number, nowMs: number): boolean {
    if (limit === 0) return true
    const index = this.#timesMs.length - limit
    return index >= this.#head && (this.#timesMs[index] ?? 0) > nowMs - windowMs
  }
}
