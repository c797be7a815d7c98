import { delayMs, spreadDelay, UNREACHABLE } from "@wecom-push/protocol/delivery"
import type { OutageCause } from "@wecom-push/protocol/delivery"
import type { Outage } from "../domain/outage.ts"

/** Of one request to WeCom: when it began, and when it was answered or had failed. */
export interface Span {
  readonly from: number
  readonly at: number
}

/**
 * Can WeCom be reached for an app? It follows from what its requests meet. What began before the last failure belongs to
 * the same wave and tells nothing new, whether it fails too or is answered late.
 */
export class Reach {
  #outage: (Outage & { readonly failedAt: number }) | undefined
  #answeredAt = -Infinity
  /** When a connection broke under a request, with no answer since. */
  #brokenAt: number | undefined

  /** @returns undefined when it tells nothing new, or concerns that one request only */
  failed({ from, at }: Span, cause: OutageCause, random: () => number): Outage | undefined {
    const before = this.#outage
    const isOldNews = before !== undefined && from <= before.failedAt
    if (isOldNews || (before === undefined && this.#isAlone({ from, at }, cause))) return undefined
    const tries = (before?.tries ?? 0) + 1
    const nextTryAt = at + spreadDelay(delayMs(UNREACHABLE, tries), random)
    this.#outage = { since: before?.since ?? this.#brokenAt ?? at, tries, nextTryAt, cause, failedAt: at }
    return this.#outage
  }

  /** @returns the outage that ends by it */
  answered({ from, at }: Span): Outage | undefined {
    this.#answeredAt = Math.max(this.#answeredAt, at)
    this.#brokenAt = undefined
    const before = this.#outage
    if (before === undefined || from <= before.failedAt) return undefined
    this.#outage = undefined
    return before
  }

  /** Undefined when WeCom can be reached, or when nobody has tried for so long that it may well be. */
  outage(now: number): Outage | undefined {
    if (this.#outage === undefined || now >= this.#outage.nextTryAt + FORGOTTEN_AFTER_MS) return undefined
    const { since, tries, nextTryAt, cause } = this.#outage
    return { since, tries, nextTryAt, cause }
  }

  /**
   * WeCom has just answered another one, so that the trouble is not with the way to it; or it is the first connection
   * to break, which happens to idle ones.
   */
  #isAlone({ from, at }: Span, { kind }: OutageCause): boolean {
    if (this.#answeredAt > from && at - this.#answeredAt < RECENTLY_MS) return true
    if (kind !== "reset" && kind !== "cut") return false
    if (this.#brokenAt !== undefined && at - this.#brokenAt < BROKEN_FOR_MS) return from <= this.#brokenAt
    this.#brokenAt = at
    return true
  }
}

const RECENTLY_MS = 1000
const BROKEN_FOR_MS = 60_000
/** Longer than the longest try takes. */
const FORGOTTEN_AFTER_MS = 120_000
