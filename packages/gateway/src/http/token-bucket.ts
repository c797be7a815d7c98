/** Lets each key through so many times a second, and ten seconds' worth at once after a pause. */
export class TokenBuckets {
  readonly #perSecond: number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  /** @param perSecond 0 for no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** @param now milliseconds since 1970 @returns how many seconds to wait; 0 when let through */
  take(key: string, now: number): number {
    if (this.#perSecond === 0) return 0
    const full = this.#perSecond * BURST_SECONDS
    const bucket = this.#buckets.get(key) ?? { tokens: full, at: now }
    this.#buckets.set(key, bucket)
    bucket.tokens = Math.min(full, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perSecond)
    bucket.tokens -= 1
    return 0
  }
}

const BURST_SECONDS = 10
