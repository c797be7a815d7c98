/** Allows each key this many requests a second, and ten seconds' worth at once after a pause. */
export class TokenBuckets {
  /** 0: there is no limit. */
  readonly perSecond: number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  /** @param perSecond 0 for no limit */
  constructor(perSecond: number) {
    this.perSecond = perSecond
  }

  /** How many may come at once after a pause. */
  get size(): number {
    return this.perSecond * BURST_SECONDS
  }

  /** @param now milliseconds since 1970 */
  take(key: string, now: number): Taken {
    if (this.perSecond === 0) return { waitSeconds: 0, left: Infinity, fullInSeconds: 0 }
    const bucket = this.#buckets.get(key) ?? { tokens: this.size, at: now }
    this.#buckets.set(key, bucket)
    bucket.tokens = Math.min(this.size, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.perSecond)
    bucket.at = now
    const waitSeconds = bucket.tokens < 1 ? Math.ceil((1 - bucket.tokens) / this.perSecond) : 0
    if (waitSeconds === 0) bucket.tokens -= 1
    const fullInSeconds = Math.ceil((this.size - bucket.tokens) / this.perSecond)
    return { waitSeconds, left: Math.floor(bucket.tokens), fullInSeconds }
  }
}

interface Taken {
  /** 0 if it is allowed. */
  readonly waitSeconds: number
  /** How many more would be allowed at once. */
  readonly left: number
  /** The time until the full number would be allowed at once, if none comes before. */
  readonly fullInSeconds: number
}

export const BURST_SECONDS = 10
