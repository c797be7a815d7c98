import { delayMs, spreadDelay, UNREACHABLE } from "@wecom-push/protocol/delivery"
import type { OutageCause } from "@wecom-push/protocol/delivery"
import type { Outage } from "../model/outage.ts"

/** One request to WeCom, answered or failed. */
export interface Exchange {
  readonly from: number
  readonly at: number
  /** The message whose call it was; absent for look-ups and uploads. */
  readonly message?: string
  /** The request was made to find out whether WeCom can be reached. */
  readonly isAgentGet?: boolean
}

/**
 * The conclusion from a failure. `ask`: it is not known yet whether it concerns the whole app; `agent/get` finds out.
 */
export type Conclusion = { readonly kind: "ask" } | { readonly kind: "outage"; readonly outage: Outage }

interface Suspicion {
  readonly since: number
  readonly at: number
  /** Undefined when the failed request was no message's, or belonged to a message whose calls fail anyway. */
  readonly message: string | undefined
}

/**
 * Whether WeCom can be reached for an app, concluded from its requests. A proxy in between may answer one content
 * badly, however often, which concerns that message alone. WeCom counts as unreachable when the calls of two messages
 * fail with no answer between, or any request and then `agent/get`. Messages whose calls have failed already do not
 * count again. The first answer ends it.
 */
export class Reachability {
  #outage: (Outage & { readonly failedAt: number }) | undefined
  /** Set by a failure since the last answer. */
  #suspicion: Suspicion | undefined
  /** Messages whose last call failed, and when; the latest last. */
  readonly #broken = new Map<string, number>()
  /** How many messages' calls have failed since one was answered. */
  #failuresInARow = 0
  /** The outage that ended, while no call has been answered since. */
  #before: { readonly tries: number; readonly at: number } | undefined
  #askedAt = -Infinity
  /** The message whose call failed last. */
  #failedLast: string | undefined
  #isAgentGetAnswered = false
  #hasAgentGetFailedLast = false

  /** @returns undefined when the failure shows nothing new, or concerns that one request only */
  failed(exchange: Exchange, cause: OutageCause, random: () => number): Conclusion | undefined {
    const { from, at, message, isAgentGet = false } = exchange
    const counts = message !== undefined && !this.#isBroken(message, at)
    if (counts) this.#failuresInARow++
    if (message !== undefined) this.#noteBroken(message, at)
    this.#hasAgentGetFailedLast = isAgentGet
    this.#failedLast = message ?? this.#failedLast
    const before = this.#outage
    // A request that began before the last failure belongs to the same wave.
    if (before !== undefined) return from <= before.failedAt ? undefined : this.#fails(before.since, at, cause, random)
    const suspicion = this.#suspicion
    if (suspicion !== undefined) {
      if (isAgentGet) return this.#fails(suspicion.since, at, cause, random)
      if (isConnection(cause) && from <= suspicion.at) return undefined
      const isSecond = counts && suspicion.message !== undefined && suspicion.message !== message
      if (isSecond) return this.#fails(suspicion.since, at, cause, random)
    }
    if (isAgentGet) return undefined
    const suspected = suspicion?.message ?? (counts ? message : undefined)
    this.#suspicion = { since: suspicion?.since ?? at, at, message: suspected }
    if (at - this.#askedAt < ASK_EVERY_MS) return undefined
    this.#askedAt = at
    return { kind: "ask" }
  }

  /** @returns the outage that ends by it */
  answered({ from, message, isAgentGet = false, at }: Exchange): Outage | undefined {
    this.#suspicion = undefined
    if (isAgentGet) this.#isAgentGetAnswered = true
    this.#hasAgentGetFailedLast = false
    const outage = this.#outage
    // WeCom may have answered it just before all other requests failed.
    const isOfBefore = outage !== undefined && from <= outage.since && !isAgentGet
    if (outage !== undefined && !isOfBefore) {
      this.#outage = undefined
      this.#before = { tries: outage.tries, at }
    }
    if (message !== undefined) {
      this.#broken.delete(message)
      this.#before = undefined
      this.#failuresInARow = 0
    }
    return isOfBefore ? undefined : outage
  }

  /** Undefined when WeCom can be reached, or when the last try is so long ago that it may well be. */
  outage(now: number): Outage | undefined {
    if (this.#outage === undefined || now >= this.#outage.nextTryAt + FORGOTTEN_AFTER_MS) return undefined
    const { since, tries, nextTryAt, cause } = this.#outage
    return { since, tries, nextTryAt, cause }
  }

  /**
   * Whether the next try during an outage is `agent/get` instead of a call of this message. That is safer: the
   * message's own content may be why calls fail, and its answer may be lost. Messages still take turns with
   * `agent/get`, since a proxy may let messages through and not `agent/get`. The message that failed last does not,
   * when `agent/get` was answered before. When many calls in a row have failed, an answered `agent/get` does not show
   * that calls work.
   */
  triesByAgentGet(message: string): boolean {
    if (this.#outage === undefined) return false
    const isForAll = this.#failuresInARow > MANY_IN_A_ROW
    if (!this.#hasAgentGetFailedLast && !isForAll) return true
    return this.#isAgentGetAnswered && message === this.#failedLast
  }

  #fails(since: number, at: number, cause: OutageCause, random: () => number): Conclusion {
    const tries = this.#triesBefore(at) + 1
    const nextTryAt = at + spreadDelay(delayMs(UNREACHABLE, tries), random)
    this.#suspicion = undefined
    this.#before = undefined
    const outage = { since, tries, nextTryAt, cause }
    this.#outage = { ...outage, failedAt: at }
    return { kind: "outage", outage }
  }

  #triesBefore(now: number): number {
    if (this.#outage !== undefined) return this.#outage.tries
    if (this.#before === undefined || now - this.#before.at >= SAME_WITHIN_MS) return 0
    return this.#failuresInARow > MANY_IN_A_ROW ? this.#before.tries : Math.min(this.#before.tries, MOST_TRIES_BEFORE)
  }

  #isBroken(message: string, now: number): boolean {
    const failedAt = this.#broken.get(message)
    return failedAt !== undefined && now - failedAt < BROKEN_FOR_MS
  }

  #noteBroken(message: string, at: number): void {
    this.#broken.delete(message)
    this.#broken.set(message, at)
    if (this.#broken.size <= MOST_BROKEN) return
    const [longestAgo] = this.#broken.keys()
    if (longestAgo !== undefined) this.#broken.delete(longestAgo)
  }
}

/** One broken connection may have carried several requests, and idle ones break. */
function isConnection({ kind }: OutageCause): boolean {
  return kind === "reset" || kind === "cut"
}

const ASK_EVERY_MS = 1000
/** An outage that begins so soon after another, with no answered call between, continues with the next step. */
const SAME_WITHIN_MS = 60_000
/** A limit, because WeCom does answer, and the contents of other messages should not delay the next one for long. */
const MOST_TRIES_BEFORE = 2
/** Longer than the longest try takes. */
const FORGOTTEN_AFTER_MS = 120_000
/** Longer than a call waits for its next try. */
const BROKEN_FOR_MS = 600_000
const MOST_BROKEN = 1000
/** More messages than a proxy in between would object to by their contents. */
const MANY_IN_A_ROW = 100
