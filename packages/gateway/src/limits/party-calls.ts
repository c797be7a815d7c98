import { PRIORITIES } from "../model/message.ts"
import type { Priority } from "../model/message.ts"
import type { AllCalls } from "./all-calls.ts"
import { averageOf, preparedPerSocket } from "./all-calls.ts"
import { Closing } from "./closing.ts"

/** A call that waits to be let in. */
interface Waiter {
  /** The closing of its name. */
  readonly closing: Closing
  /** Its app has much to send. */
  readonly isOfBacklog?: boolean
  settle(isLetIn: boolean): void
}

/** A call that has been let in. */
interface EnteredCall {
  readonly closing: Closing
  readonly isProbe: boolean
  readonly isOfBacklog?: boolean
  /** True once its bytes go out. */
  isSending: boolean
  /** How often WeCom had refused too many at once when it was sent. */
  sentAfterHalvings?: number
}

/** This process's share of a limit that several nodes share. */
export interface NodeShare {
  readonly usable: number
  /** A call waits, has begun or has ended. */
  demandChanged(): void
}

/** Lets one call at a time, of all processes, try whether a closing is over. */
export interface Probes {
  /** @returns false when another call tries, or when the closing is over */
  begin(): Promise<boolean>
  /** The call has ended. */
  end(): void
}

/**
 * How many calls of a party may be under way, whatever names its app has: at most `concurrentCalls` at a time, high
 * priority before normal before bulk. While WeCom answers at once, twice as many more may be prepared, so that WeCom
 * need not wait for the disk; with a slow WeCom that gains nothing, and a call that has not begun can still be
 * cancelled.
 */
export class PartyCalls {
  /** Closed by WeCom, which refuses further calls of the party for a while. */
  readonly closing = new Closing()
  readonly #all: AllCalls
  /** Undefined where this process alone sends to WeCom. */
  share: NodeShare | undefined
  probes: Probes | undefined
  #most: number
  #limit: number
  /** Permits that have not been given back; `#sending` counts those whose call is being sent. */
  #underWay = 0
  #sending = 0
  #answersSinceGrowth = 0
  #halvings = 0
  #othersSinceBulk = 0
  readonly #waiters: Readonly<Record<Priority, Waiter[]>> = { high: [], normal: [], bulk: [] }
  /** The recent average time of WeCom's answers. */
  #exchangeMs = Infinity
  #isEnded = false
  #waitingToSend: { readonly call: EnteredCall; readonly resolve: (maySend: boolean) => void }[] = []

  readonly #inlet = { callsFirst: 0, letOne: (): boolean => this.#letOneIn() && this.#wantsIn() }
  readonly #outlet = { callsFirst: 0, letOne: (): boolean => this.#letOneOut() && this.#wantsOut() }

  constructor(concurrentCalls: number, all: AllCalls) {
    this.#all = all
    this.#most = atLeastOne(concurrentCalls)
    this.#limit = this.#most
  }

  get underWay(): number {
    return this.#underWay
  }

  /** The configured limit, before any reduction that WeCom's refusals caused. */
  get most(): number {
    return this.#most
  }

  get sending(): number {
    return this.#sending
  }

  /** Including calls that wait to be let in. */
  get demand(): number {
    return this.#underWay + this.#waiting
  }

  get #waiting(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#waiters[priority].length, 0)
  }

  /** This process's share has grown or shrunk. */
  shareChanged(): void {
    this.#letOut()
    this.#letIn()
  }

  get limit(): number {
    return this.#limit
  }

  /** Sets the limit. Setting the same limit again keeps the reduction that WeCom's refusals caused. */
  allow(concurrentCalls: number): void {
    const most = atLeastOne(concurrentCalls)
    if (most === this.#most) return
    this.#most = most
    this.#limit = most
    this.#letOut()
    this.#letIn()
  }

  /** @returns false when there is no room now */
  enter(priority: Priority): boolean {
    if (!this.#hasRoom() || !this.#all.hasRoom) return false
    this.#enter(priority)
    this.share?.demandChanged()
    return true
  }

  wait(priority: Priority, waiter: Waiter): void {
    if (this.#isEnded) return waiter.settle(false)
    if (this.#waiting === 0) this.#inlet.callsFirst = 0
    if (waiter.isOfBacklog !== true) this.#inlet.callsFirst++
    this.#waiters[priority].push(waiter)
    this.share?.demandChanged()
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
  }

  /** Lets a call in that tries whether a closing is over: it does not wait. */
  enterProbe(): void {
    this.#underWay++
    this.#all.entered()
  }

  /** @returns false when its app was closed meanwhile: the call must not go out */
  startSending(call: EnteredCall): boolean | Promise<boolean> {
    if (this.#isEnded) return false
    if ((call.isProbe || this.#sending < this.#room) && this.#all.hasSocket) return this.#start(call)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (this.#waitingToSend.length === 0) this.#outlet.callsFirst = 0
    if (call.isOfBacklog !== true) this.#outlet.callsFirst++
    this.#waitingToSend.push({ call, resolve })
    this.share?.demandChanged()
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
    return promise
  }

  noteExchange(ms: number): void {
    this.#exchangeMs = averageOf(this.#exchangeMs, ms)
    this.#all.noteExchange(ms)
  }

  leave(call: EnteredCall): void {
    const { isSending } = call
    this.#underWay--
    if (isSending) this.#sending--
    else this.#giveUpWaiting(call)
    this.share?.demandChanged()
    // The calls of other apps that have waited for longer go first.
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
    this.#all.left({ wasSent: isSending })
  }

  /** Removes a call from those that wait for a socket, or it would later get one that is never given back. */
  #giveUpWaiting(call: EnteredCall): void {
    const index = this.#waitingToSend.findIndex((waiting) => waiting.call === call)
    if (index >= 0) for (const { resolve } of this.#waitingToSend.splice(index, 1)) resolve(false)
  }

  /** Closes one name or, when given the closing of the party, all of its names. */
  close(closing: Closing, untilMs: number): void {
    closing.close(untilMs)
    const isClosed = (one: { readonly closing: Closing }): boolean =>
      closing === this.closing || closing === one.closing
    for (const priority of PRIORITIES) {
      const refused = this.#waiters[priority].filter(isClosed)
      const others = this.#waiters[priority].filter((waiter) => !isClosed(waiter))
      this.#waiters[priority].splice(0, Infinity, ...others)
      for (const waiter of refused) waiter.settle(false)
    }
    // Calls that try whether it is open still wait for a socket.
    const isRefused = (call: EnteredCall): boolean => !call.isProbe && isClosed(call)
    for (const { call, resolve } of this.#waitingToSend) if (isRefused(call)) resolve(false)
    this.#waitingToSend = this.#waitingToSend.filter(({ call }) => !isRefused(call))
    this.share?.demandChanged()
  }

  /** This process stops sending, and asks for no share: without this, waiting callers would wait forever. */
  end(): void {
    this.#isEnded = true
    for (const priority of PRIORITIES) {
      for (const waiter of this.#waiters[priority].splice(0)) waiter.settle(false)
    }
    for (const { resolve } of this.#waitingToSend.splice(0)) resolve(false)
  }

  /**
   * WeCom says that too many calls are under way.
   * @param call the call that WeCom refused: if it was sent before the last halving, it does not show that the limit is
   * still too high
   */
  halve(call?: EnteredCall): void {
    if ((call?.sentAfterHalvings ?? this.#halvings) < this.#halvings) return
    this.#halvings++
    this.#limit = atLeastOne(Math.floor(Math.min(this.#limit, this.#sending) / 2))
    this.#answersSinceGrowth = 0
  }

  /** WeCom answered: after enough answers the limit grows by one call. */
  grow(): void {
    if (this.#limit >= this.#most) return
    this.#answersSinceGrowth++
    if (this.#answersSinceGrowth < this.#limit * ANSWERS_PER_GROWTH) return
    this.#answersSinceGrowth = 0
    this.#limit++
    this.#letOut()
    this.#letIn()
  }

  #enter(priority: Priority): void {
    this.#underWay++
    this.#all.entered()
    this.#othersSinceBulk = priority === "bulk" ? 0 : this.#othersSinceBulk + 1
  }

  get #room(): number {
    return this.share === undefined ? this.#limit : Math.min(this.#limit, this.share.usable)
  }

  #hasRoom(): boolean {
    return this.#underWay < this.#room * preparedPerSocket(this.#exchangeMs)
  }

  #start(call: EnteredCall): true {
    call.isSending = true
    call.sentAfterHalvings = this.#halvings
    this.#sending++
    this.#all.startedSending()
    return true
  }

  #wantsOut(): boolean {
    const [first] = this.#waitingToSend
    return first !== undefined && (first.call.isProbe || this.#sending < this.#room)
  }

  #letOneOut(): boolean {
    const next = this.#wantsOut() ? this.#waitingToSend.shift() : undefined
    next?.resolve(this.#start(next.call))
    return next !== undefined
  }

  #letOut(): void {
    while (this.#all.hasSocket && this.#letOneOut());
    if (this.#wantsOut()) this.#all.waitToSend(this.#outlet)
  }

  #wantsIn(): boolean {
    return this.#hasRoom() && this.#nextPriority() !== undefined
  }

  #letIn(): void {
    while (this.#all.hasRoom && this.#letOneIn());
    if (this.#wantsIn()) this.#all.waitToEnter(this.#inlet)
  }

  #letOneIn(): boolean {
    const priority = this.#wantsIn() ? this.#nextPriority() : undefined
    if (priority === undefined) return false
    this.#enter(priority)
    this.#waiters[priority].shift()?.settle(true)
    return true
  }

  #nextPriority(): Priority | undefined {
    // Bulk always keeps a tenth of the calls.
    if (this.#waiters.bulk.length > 0 && this.#othersSinceBulk >= 9) return "bulk"
    return PRIORITIES.find((priority) => this.#waiters[priority].length > 0)
  }
}

/** With a limit of 0 no call would go out any more. */
function atLeastOne(calls: number): number {
  return Math.max(1, calls)
}

/** The limit grows more slowly than it shrinks: since it is found by exceeding it, it is then exceeded seldom. */
const ANSWERS_PER_GROWTH = 4
