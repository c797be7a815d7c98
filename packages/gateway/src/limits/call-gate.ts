import type { Priority } from "../model/message.ts"
import type { Permit } from "../model/ports/governor.ts"
import type { PartyCalls, Probes } from "./party-calls.ts"
import { Closing } from "./closing.ts"

/** The permit that a gate gives. */
export class CallPermit implements Permit {
  /**
   * The closings of its name and its party when the permit was given: after a later closing the call's result cannot
   * reopen them.
   */
  readonly epochs: Epochs
  /** The closing of its name. */
  readonly closing: Closing
  /** The closings that the call tries to end. */
  readonly tries: readonly Closing[]
  /** Its app has much to send. */
  readonly isOfBacklog: boolean
  /** True once its bytes go out. */
  isSending = false
  sentAfterHalvings?: number
  readonly #gate: CallGate
  #isBack = false

  constructor(gate: CallGate, { closing, epochs, tries, isOfBacklog }: PermitTerms) {
    this.#gate = gate
    this.isOfBacklog = isOfBacklog
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

type PermitTerms = Pick<CallPermit, "closing" | "epochs" | "tries" | "isOfBacklog">

interface Epochs {
  readonly ofName: number
  readonly ofParty: number
}

/**
 * Gives permits to the calls of one name of a party, in turn with its other names. While it is closed, only one call
 * now and then gets one, to try whether it still is. A name is closed by itself, as for a wrong secret, or with its
 * whole party.
 */
export class CallGate {
  readonly calls: PartyCalls
  readonly #closing = new Closing()

  constructor(calls: PartyCalls) {
    this.calls = calls
  }

  /** When one call may try whether the app is open again; undefined when the app is open. */
  get closedUntil(): number | undefined {
    const [ofName, ofParty] = [this.#closing.untilMs, this.calls.closing.untilMs]
    if (ofName === undefined || ofParty === undefined) return ofName ?? ofParty
    return Math.max(ofName, ofParty)
  }

  /** The name itself is closed; its party may be open. */
  get isNameClosed(): boolean {
    return this.#closing.untilMs !== undefined
  }

  /** @returns undefined when the app is closed, or becomes closed while the call waits */
  enter(
    priority: Priority,
    now: number,
    isOfBacklog = false,
  ): CallPermit | undefined | Promise<CallPermit | undefined> {
    if (this.#isClosed()) return this.#probe(now)
    if (this.calls.enter(priority)) return this.#permit(NOTHING, isOfBacklog)
    const { promise, resolve } = Promise.withResolvers<CallPermit | undefined>()
    this.calls.wait(priority, {
      closing: this.#closing,
      isOfBacklog,
      settle: (isLetIn) => resolve(isLetIn ? this.#permit(NOTHING, isOfBacklog) : undefined),
    })
    return promise
  }

  /** @returns false when the app was closed meanwhile: the call must not go out */
  startSending(permit: CallPermit): boolean | Promise<boolean> {
    if (this.#isClosed() && !permit.isProbe) return false
    return this.calls.startSending(permit)
  }

  noteExchange(ms: number): void {
    this.calls.noteExchange(ms)
  }

  /** Call it once for each permit. */
  leave(permit: CallPermit): void {
    for (const closing of permit.tries) closing.isBeingTried = false
    if (permit.tries.includes(this.calls.closing)) this.calls.probes?.end()
    this.calls.leave(permit)
  }

  close(untilMs: number): void {
    this.calls.close(this.#closing, untilMs)
  }

  /** Opens the gate. No call is waiting for this: calls that came meanwhile were refused. */
  open(): void {
    this.#closing.open()
  }

  /** The wall clock was set. */
  shift(byMs: number): void {
    this.#closing.shift(byMs)
  }

  /** Whether the result of a call with this permit can show that the name is open again. */
  canReopenName({ epochs, tries }: CallPermit): boolean {
    return epochs.ofName === this.#closing.epoch || tries.includes(this.#closing)
  }

  /** Whether the result of a call with this permit can show that WeCom takes calls of the party again. */
  canReopenParty({ epochs, tries }: CallPermit): boolean {
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

  /** A call of another process may be trying, or have tried. */
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

  #permit(tries: readonly Closing[], isOfBacklog = false): CallPermit {
    const epochs = { ofName: this.#closing.epoch, ofParty: this.calls.closing.epoch }
    return new CallPermit(this, { closing: this.#closing, epochs, tries, isOfBacklog })
  }
}

const NOTHING: readonly Closing[] = []
/** How soon to look again while a call of another process tries. */
const LOOK_AGAIN_MS = 1000
