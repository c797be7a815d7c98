/**
 * A limit of the corp in a sliding window. A request over the limit closes it for the length of the window; further
 * requests do not prolong that.
 * @see wecom document 90312
 */
export class WindowQuota {
  readonly #windowMs: number
  #taken: { atMs: number; amount: number }[] = []
  #head = 0
  #sum = 0
  #closedUntilMs = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Whether this amount may be taken now. */
  isOpen(amount: number, limit: number | null, nowMs: number): boolean {
    if (limit === null) return true
    if (nowMs < this.#closedUntilMs) return false
    this.#forgetBefore(nowMs - this.#windowMs)
    if (this.#sum + amount <= limit) return true
    this.#closedUntilMs = nowMs + this.#windowMs
    return false
  }

  count(amount: number, nowMs: number): void {
    this.#forgetBefore(nowMs - this.#windowMs)
    this.#sum += amount
    this.#taken.push({ atMs: nowMs, amount })
  }

  /** Opens a closed limit; what was counted stays. */
  open(): void {
    this.#closedUntilMs = 0
  }

  reset(): void {
    this.#taken = []
    this.#head = 0
    this.#sum = 0
    this.#closedUntilMs = 0
  }

  #forgetBefore(startMs: number): void {
    for (let oldest = this.#taken[this.#head]; oldest !== undefined && oldest.atMs <= startMs;) {
      this.#sum -= oldest.amount
      oldest = this.#taken[++this.#head]
    }
    if (this.#head > 64 && this.#head * 2 > this.#taken.length) {
      this.#taken = this.#taken.slice(this.#head)
      this.#head = 0
    }
  }
}
