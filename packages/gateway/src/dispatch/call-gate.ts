import { PRIORITIES } from "../core/message.ts"
import type { Priority } from "../core/message.ts"

/** Leave to make one call: to write down that it will be made, and then, in its turn, to take off. */
export interface Permit {
  /** Of the gate when it was given: what a call learns after a later closing is old news. */
  readonly epoch: number
  readonly isProbe: boolean
  /** Since it took off. */
  isFlying: boolean
}

type Waiter = (permit: Permit | undefined) => void

/**
 * Lets an app's calls out: so many at a time, high priority before normal before bulk, and none while the app is closed
 * but one, now and then, to see whether it still is. While WeCom answers at once, twice as many more may be under way to
 * their take-off, so that it need not wait while the disk is at work; where it takes its time nothing is gained by that,
 * and what has not begun can still be cancelled.
 */
export class CallGate {
  readonly #most: number
  #limit: number
  /** Permits given and not back yet; those of them that fly. */
  #underWay = 0
  #flying = 0
  #epoch = 0
  #closedUntil: number | undefined
  #hasProbe = false
  #answersSinceGrowth = 0
  #othersSinceBulk = 0
  readonly #waiters: Readonly<Record<Priority, Waiter[]>> = { high: [], normal: [], bulk: [] }
  /** How long WeCom took of late, on average. */
  #exchangeMs = Infinity
  #boarded: { readonly permit: Permit; readonly resolve: (mayFly: boolean) => void }[] = []

  constructor(concurrentCalls: number) {
    this.#most = Math.max(1, concurrentCalls)
    this.#limit = this.#most
  }

  /** When one call may try whether the app is open again; undefined when it is. */
  get closedUntil(): number | undefined {
    return this.#closedUntil
  }

  get underWay(): number {
    return this.#underWay
  }

  get limit(): number {
    return this.#limit
  }

  /** @returns undefined when the app is closed, or is closed while waiting */
  enter(priority: Priority, now: number): Permit | undefined | Promise<Permit | undefined> {
    if (this.#closedUntil !== undefined) return this.#probe(now)
    if (this.#hasRoom()) return this.#grant(priority)
    const { promise, resolve } = Promise.withResolvers<Permit | undefined>()
    this.#waiters[priority].push(resolve)
    return promise
  }

  /** @returns false when the app was closed meanwhile: the call must not go out */
  takeOff(permit: Permit): boolean | Promise<boolean> {
    if (this.#closedUntil !== undefined && !permit.isProbe) return false
    if (permit.isProbe || this.#flying < this.#limit) return this.#launch(permit)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#boarded.push({ permit, resolve })
    return promise
  }

  noteExchange(ms: number): void {
    this.#exchangeMs = this.#exchangeMs === Infinity ? ms : this.#exchangeMs + (ms - this.#exchangeMs) / 16
  }

  leave(permit: Permit): void {
    this.#underWay--
    if (permit.isFlying) this.#flying--
    if (permit.isProbe) this.#hasProbe = false
    this.#letOut()
    this.#letIn()
  }

  close(until: number): void {
    if (this.#closedUntil === undefined) this.#epoch++
    this.#closedUntil = until
    for (const priority of PRIORITIES) {
      for (const refuse of this.#waiters[priority].splice(0)) refuse(undefined)
    }
    for (const { resolve } of this.#boarded.splice(0)) resolve(false)
  }

  open(): void {
    this.#closedUntil = undefined
    this.#letIn()
  }

  /** The clock by which it is closed was set. */
  shift(byMs: number): void {
    if (this.#closedUntil !== undefined) this.#closedUntil += byMs
  }

  /** Could a call with this permit know that the gate is open again? */
  isNews({ epoch, isProbe }: Permit): boolean {
    return isProbe || epoch === this.#epoch
  }

  /** WeCom says that too many are under way. */
  halve(): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#flying) / 2))
    this.#answersSinceGrowth = 0
  }

  /** WeCom answered: by and by it may be trusted with one call more. */
  grow(): void {
    if (this.#limit >= this.#most) return
    this.#answersSinceGrowth++
    if (this.#answersSinceGrowth < this.#limit * ANSWERS_PER_GROWTH) return
    this.#answersSinceGrowth = 0
    this.#limit++
    this.#letOut()
    this.#letIn()
  }

  #probe(now: number): Permit | undefined {
    if (this.#hasProbe || this.#closedUntil === undefined || now < this.#closedUntil) return undefined
    this.#hasProbe = true
    this.#underWay++
    return { epoch: this.#epoch, isProbe: true, isFlying: false }
  }

  #grant(priority: Priority): Permit {
    this.#underWay++
    this.#othersSinceBulk = priority === "bulk" ? 0 : this.#othersSinceBulk + 1
    return { epoch: this.#epoch, isProbe: false, isFlying: false }
  }

  #hasRoom(): boolean {
    return this.#underWay < this.#limit * (this.#exchangeMs < QUICK_MS ? UNDER_WAY_PER_FLYING : 1)
  }

  #launch(permit: Permit): true {
    permit.isFlying = true
    this.#flying++
    return true
  }

  #letOut(): void {
    while (this.#flying < this.#limit) {
      const next = this.#boarded.shift()
      if (next === undefined) return
      next.resolve(this.#launch(next.permit))
    }
  }

  #letIn(): void {
    while (this.#closedUntil === undefined && this.#hasRoom()) {
      const priority = this.#nextPriority()
      if (priority === undefined) return
      this.#waiters[priority].shift()?.(this.#grant(priority))
    }
  }

  #nextPriority(): Priority | undefined {
    // Bulk always keeps a tenth.
    if (this.#waiters.bulk.length > 0 && this.#othersSinceBulk >= 9) return "bulk"
    return PRIORITIES.find((priority) => this.#waiters[priority].length > 0)
  }
}

const QUICK_MS = 20
/** Measured with 50 in flight: a tenth more calls a second than with two, and no more to be had with four. */
const UNDER_WAY_PER_FLYING = 3

/** Slower up than down: a limit that is found by running into it is run into seldom. */
const ANSWERS_PER_GROWTH = 4
