import type { Priority } from "../model/message.ts"
import type { Permit } from "../model/ports/governor.ts"
import type { PartyCalls, Probes } from "./party-calls.ts"
import { Closing } from "./closing.ts"

/** As a gate gives it. */
export class CallPermit implements Permit {
  /** Of the closings of its name and of its party when it was given: what a call learns after a later one is old news. */
  readonly epochs: Epochs
  /** Of its name. */
  readonly closing: Closing
  /** What it is to find the end of. */
  readonly tries: readonly Closing[]
  /** Since its bytes go out. */
  isSending = false
  sentAfterHalvings?: number
  readonly #gate: CallGate
  #isBack = false

  constructor(gate: CallGate, closing: Closing, epochs: Epochs, tries: readonly Closing[]) {
    this.#gate = gate
    this.closing = closing
    this.epochs = epochs
    this.tries = tries
  }

  get isProbe(): boolean {
    return this.tries.length > 0
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

interface Epochs {
  readonly ofName: number
  readonly ofParty: number
}

/**
 * Lets the calls of one name of a party out, in turn with those of its other names, and none while it is closed but one,
 * now and then, to see whether it still is. Closed it is by itself, as for a wrong secret, or with all names of the party.
 */
export class CallGate {
  readonly calls: PartyCalls
  readonly #closing = new Closing()

  constructor(calls: PartyCalls) {
    this.calls = calls
  }

  /** When one call may try whether the app is open again; undefined when it is. */
  get closedUntil(): number | undefined {
    const [ofName, ofParty] = [this.#closing.untilMs, this.calls.closing.untilMs]
    if (ofName === undefined || ofParty === undefined) return ofName ?? ofParty
    return Math.max(ofName, ofParty)
  }

  /** By itself, whatever its party is. */
  get isNameClosed(): boolean {
    return this.#closing.untilMs !== undefined
  }

  /** @returns undefined when the app is closed, or is closed while waiting */
  enter(priority: Priority, now: number): CallPermit | undefined | Promise<CallPermit | undefined> {
    if (this.#isClosed()) return this.#probe(now)
    if (this.calls.enter(priority)) return this.#permit(NOTHING)
    const { promise, resolve } = Promise.withResolvers<CallPermit | undefined>()
    this.calls.wait(priority, {
      closing: this.#closing,
      settle: (isLetIn) => resolve(isLetIn ? this.#permit(NOTHING) : undefined),
    })
    return promise
  }

  /** By a permit. @returns false when the app was closed meanwhile: the call must not go out */
  startSending(permit: CallPermit): boolean | Promise<boolean> {
    if (this.#isClosed() && !permit.isProbe) return false
    return this.calls.startSending(permit)
  }

  noteExchange(ms: number): void {
    this.calls.noteExchange(ms)
  }

  /** By a permit, once. */
  leave(permit: CallPermit): void {
    for (const closing of permit.tries) closing.isBeingTried = false
    if (permit.tries.includes(this.calls.closing)) this.calls.probes?.end()
    this.calls.leave(permit)
  }

  close(untilMs: number): void {
    this.calls.close(this.#closing, untilMs)
  }

  /** Nobody has waited for it: whoever came meanwhile was told so. */
  open(): void {
    this.#closing.open()
  }

  /** The clock by which it is closed was set. */
  shift(byMs: number): void {
    this.#closing.shift(byMs)
  }

  /** Could a call with this permit know that the name is open again? */
  isNewsOfName({ epochs, tries }: CallPermit): boolean {
    return epochs.ofName === this.#closing.epoch || tries.includes(this.#closing)
  }

  /** That WeCom takes calls of the party again? */
  isNewsOfParty({ epochs, tries }: CallPermit): boolean {
    return epochs.ofParty === this.calls.closing.epoch || tries.includes(this.calls.closing)
  }

  #isClosed(): boolean {
    return this.#closing.untilMs !== undefined || this.calls.closing.untilMs !== undefined
  }

  #probe(now: number): CallPermit | undefined | Promise<CallPermit | undefined> {
    const closings = [this.#closing, this.calls.closing]
    if (!closings.every((closing) => closing.mayTry(now))) return undefined
    const closed = closings.filter(({ untilMs }) => untilMs !== undefined)
    for (const closing of closed) closing.isBeingTried = true
    const { probes } = this.calls
    if (probes !== undefined && closed.includes(this.calls.closing)) return this.#probeAlone(probes, closed, now)
    this.calls.enterProbe()
    return this.#permit(closed)
  }

  /** Another process may be finding out, or have found out. */
  async #probeAlone(probes: Probes, closed: readonly Closing[], now: number): Promise<CallPermit | undefined> {
    const mayProbe = await probes.begin()
    if (mayProbe) {
      this.calls.enterProbe()
      return this.#permit(closed)
    }
    for (const closing of closed) closing.isBeingTried = false
    const { closing } = this.calls
    if (closing.untilMs !== undefined) closing.close(Math.max(closing.untilMs, now + LOOK_AGAIN_MS))
    return undefined
  }

  #permit(tries: readonly Closing[]): CallPermit {
    const epochs = { ofName: this.#closing.epoch, ofParty: this.calls.closing.epoch }
    return new CallPermit(this, this.#closing, epochs, tries)
  }
}

const NOTHING: readonly Closing[] = []
/** While a call of another process finds out. */
const LOOK_AGAIN_MS = 1000
