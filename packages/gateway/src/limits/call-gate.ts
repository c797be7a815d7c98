import { PRIORITIES } from "../domain/message.ts"
import type { Priority } from "../domain/message.ts"
import type { Permit } from "../ports/governor.ts"
import type { AllCalls } from "./all-calls.ts"
import { averageOf, preparedPerSocket } from "./all-calls.ts"

/** As a gate gives it. */
export class CallPermit implements Permit {
  /** Of the gate when it was given: what a call learns after a later closing is old news. */
  readonly epoch: number
  readonly isProbe: boolean
  /** Since its bytes go out. */
  isSending = false
  readonly #gate: CallGate
  #isBack = false

  constructor(gate: CallGate, epoch: number, isProbe: boolean) {
    this.#gate = gate
    this.epoch = epoch
    this.isProbe = isProbe
  }

  startSending(): boolean | Promise<boolean> {
    return this.#gate.startSending(this)
  }

  noteExchange(ms: number): void {
    this.#gate.noteExchange(ms)
  }

  [Symbol.dispose](): void {
    if (this.#isBack) return
    this.#isBack = true
    this.#gate.leave(this)
  }
}

type Waiter = (permit: CallPermit | undefined) => void

/**
 * Lets an app's calls out: so many at a time, high priority before normal before bulk, and none while the app is closed
 * but one, now and then, to see whether it still is. While WeCom answers at once, twice as many more may be getting ready,
 * so that it need not wait while the disk is at work; where it takes its time nothing is gained by that, and what has not
 * begun can still be cancelled.
 */
export class CallGate {
  readonly #most: number
  readonly #all: AllCalls
  #limit: number
  /** Permits given and not back yet; those of them that send. */
  #underWay = 0
  #sending = 0
  #epoch = 0
  #closedUntil: number | undefined
  #hasProbe = false
  #answersSinceGrowth = 0
  #othersSinceBulk = 0
  readonly #waiters: Readonly<Record<Priority, Waiter[]>> = { high: [], normal: [], bulk: [] }
  /** How long WeCom took of late, on average. */
  #exchangeMs = Infinity
  #waitingToSend: { readonly permit: CallPermit; readonly resolve: (maySend: boolean) => void }[] = []

  readonly #inlet = { letOne: (): boolean => this.#letOneIn() && this.#wantsIn() }
  readonly #outlet = { letOne: (): boolean => this.#letOneOut() && this.#wantsOut() }

  constructor(concurrentCalls: number, all: AllCalls) {
    this.#most = Math.max(1, concurrentCalls)
    this.#all = all
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
  enter(priority: Priority, now: number): CallPermit | undefined | Promise<CallPermit | undefined> {
    if (this.#closedUntil !== undefined) return this.#probe(now)
    if (this.#hasRoom() && this.#all.hasRoom) return this.#grant(priority)
    const { promise, resolve } = Promise.withResolvers<CallPermit | undefined>()
    this.#waiters[priority].push(resolve)
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
    return promise
  }

  /** By a permit. @returns false when the app was closed meanwhile: the call must not go out */
  startSending(permit: CallPermit): boolean | Promise<boolean> {
    if (this.#closedUntil !== undefined && !permit.isProbe) return false
    if ((permit.isProbe || this.#sending < this.#limit) && this.#all.hasSocket) return this.#start(permit)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#waitingToSend.push({ permit, resolve })
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
    return promise
  }

  noteExchange(ms: number): void {
    this.#exchangeMs = averageOf(this.#exchangeMs, ms)
    this.#all.noteExchange(ms)
  }

  /** By a permit, once. */
  leave(permit: CallPermit): void {
    this.#underWay--
    if (permit.isSending) this.#sending--
    if (permit.isProbe) this.#hasProbe = false
    // First those of other apps that have waited for longer.
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
    this.#all.left({ wasSent: permit.isSending })
  }

  close(until: number): void {
    if (this.#closedUntil === undefined) this.#epoch++
    this.#closedUntil = until
    for (const priority of PRIORITIES) {
      for (const refuse of this.#waiters[priority].splice(0)) refuse(undefined)
    }
    // Those that try whether it is open still wait for a socket.
    for (const { resolve } of this.#waitingToSend.filter(({ permit }) => !permit.isProbe)) resolve(false)
    this.#waitingToSend = this.#waitingToSend.filter(({ permit }) => permit.isProbe)
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
  isNews({ epoch, isProbe }: CallPermit): boolean {
    return isProbe || epoch === this.#epoch
  }

  /** WeCom says that too many are under way. */
  halve(): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#sending) / 2))
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

  #probe(now: number): CallPermit | undefined {
    if (this.#hasProbe || this.#closedUntil === undefined || now < this.#closedUntil) return undefined
    this.#hasProbe = true
    this.#underWay++
    this.#all.entered()
    return new CallPermit(this, this.#epoch, true)
  }

  #grant(priority: Priority): CallPermit {
    this.#underWay++
    this.#all.entered()
    this.#othersSinceBulk = priority === "bulk" ? 0 : this.#othersSinceBulk + 1
    return new CallPermit(this, this.#epoch, false)
  }

  #hasRoom(): boolean {
    return this.#underWay < this.#limit * preparedPerSocket(this.#exchangeMs)
  }

  #start(permit: CallPermit): true {
    permit.isSending = true
    this.#sending++
    this.#all.startedSending()
    return true
  }

  #wantsOut(): boolean {
    const [first] = this.#waitingToSend
    return first !== undefined && (first.permit.isProbe || this.#sending < this.#limit)
  }

  #letOneOut(): boolean {
    const next = this.#wantsOut() ? this.#waitingToSend.shift() : undefined
    next?.resolve(this.#start(next.permit))
    return next !== undefined
  }

  #letOut(): void {
    while (this.#all.hasSocket && this.#letOneOut());
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
  }

  #wantsIn(): boolean {
    return this.#closedUntil === undefined && this.#hasRoom() && this.#nextPriority() !== undefined
  }

  #letOneIn(): boolean {
    const priority = this.#wantsIn() ? this.#nextPriority() : undefined
    if (priority === undefined) return false
    this.#waiters[priority].shift()?.(this.#grant(priority))
    return true
  }

  #letIn(): void {
    while (this.#all.hasRoom && this.#letOneIn());
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
  }

  #nextPriority(): Priority | undefined {
    // Bulk always keeps a tenth.
    if (this.#waiters.bulk.length > 0 && this.#othersSinceBulk >= 9) return "bulk"
    return PRIORITIES.find((priority) => this.#waiters[priority].length > 0)
  }
}

/** Slower up than down: a limit that is found by running into it is run into seldom. */
const ANSWERS_PER_GROWTH = 4
