import { PRIORITIES } from "../core/message.ts"
import type { Priority } from "../core/message.ts"

/** Leave to make one call. */
export interface Permit {
  /** Of the gate when it was given: what a call learns after a later closing is old news. */
  readonly epoch: number
  readonly isProbe: boolean
}

type Waiter = (permit: Permit | undefined) => void

/**
 * Lets an app's calls out: so many at a time, high priority before normal before bulk, and none while the app is closed
 * but one, now and then, to see whether it still is.
 */
export class CallGate {
  readonly #most: number
  #limit: number
  #underWay = 0
  #epoch = 0
  #closedUntil: number | undefined
  #hasProbe = false
  #answersSinceGrowth = 0
  #othersSinceBulk = 0
  readonly #waiters: Readonly<Record<Priority, Waiter[]>> = { high: [], normal: [], bulk: [] }

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
    if (this.#underWay < this.#limit) return this.#grant(priority)
    const { promise, resolve } = Promise.withResolvers<Permit | undefined>()
    this.#waiters[priority].push(resolve)
    return promise
  }

  leave(permit: Permit): void {
    this.#underWay--
    if (permit.isProbe) this.#hasProbe = false
    this.#letIn()
  }

  close(until: number): void {
    if (this.#closedUntil === undefined) this.#epoch++
    this.#closedUntil = until
    for (const priority of PRIORITIES) {
      for (const refuse of this.#waiters[priority].splice(0)) refuse(undefined)
    }
  }

  open(): void {
    this.#closedUntil = undefined
    this.#letIn()
  }

  /** Could a call with this permit know that the gate is open again? */
  isNews({ epoch, isProbe }: Permit): boolean {
    return isProbe || epoch === this.#epoch
  }

  /** WeCom says that too many are under way. */
  halve(): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#underWay) / 2))
    this.#answersSinceGrowth = 0
  }

  /** WeCom answered: by and by it may be trusted with one call more. */
  grow(): void {
    if (this.#limit >= this.#most) return
    this.#answersSinceGrowth++
    if (this.#answersSinceGrowth < this.#limit * ANSWERS_PER_GROWTH) return
    this.#answersSinceGrowth = 0
    this.#limit++
    this.#letIn()
  }

  #probe(now: number): Permit | undefined {
    if (this.#hasProbe || this.#closedUntil === undefined || now < this.#closedUntil) return undefined
    this.#hasProbe = true
    this.#underWay++
    return { epoch: this.#epoch, isProbe: true }
  }

  #grant(priority: Priority): Permit {
    this.#underWay++
    this.#othersSinceBulk = priority === "bulk" ? 0 : this.#othersSinceBulk + 1
    return { epoch: this.#epoch, isProbe: false }
  }

  #letIn(): void {
    while (this.#closedUntil === undefined && this.#underWay < this.#limit) {
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

/** Slower up than down: a limit that is found by running into it is run into seldom. */
const ANSWERS_PER_GROWTH = 4
