import { Halving } from "@wecom-push/protocol/delivery"
import { appLimits } from "../../model/app-limits.ts"
import type { CallTarget } from "../../model/target.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import { SharedCallReservation } from "../../limits/call-reservation.ts"
import type { Permit, Reservation } from "../../model/ports/governor.ts"
import { askForPermit } from "./ask-for-permit.ts"
import { makeAttempt, noteShare } from "./attempt.ts"
import { freezeCall } from "./freeze.ts"
import type { RunContext } from "./run-context.ts"

/** The shared calls of each app that may share them. */
export class CallSharings {
  readonly #of = new WeakMap<AppRuntime, CallSharing>()

  /** Undefined if each message has calls of its own. */
  of(runtime: AppRuntime): CallSharing | undefined {
    // A call that can name only one target is never shared.
    if (!appLimits(runtime.app.settings).sharesCalls || runtime.channel.kind.most.inAll === 1) return undefined
    const sharing = this.#of.get(runtime) ?? new CallSharing(runtime)
    this.#of.set(runtime, sharing)
    return sharing
  }
}

/** What a message wants to send in a shared call. */
interface Offer {
  readonly run: RunContext
  readonly targets: readonly CallTarget[]
  readonly reservation: Reservation
}

interface WaitingOffer extends Offer {
  readonly ended: PromiseWithResolvers<void>
}

/** A call that has not been sent. */
interface OpenCall {
  /** Its bytes are frozen, or being frozen. */
  hasLeft: boolean
  readonly offers: WaitingOffer[]
  /** A call names a person for only one message, because each message is a copy of its own. */
  readonly people: Set<string>
}

/**
 * If an app may share calls, equal messages that are ready at about the same time go out in one call. The first message
 * opens the call; it is sent with all messages that have joined by the time when the app may make another call.
 */
class CallSharing {
  readonly #runtime: AppRuntime
  readonly #open = new Map<string, OpenCall[]>()

  constructor(runtime: AppRuntime) {
    this.#runtime = runtime
  }

  /**
   * Whether it is a small message for which nothing requires a call of its own. Parts and order keys need an order; the
   * caller's own duplicate check compares the body of this message alone; and a caller that may change a card may change it
   * on every phone that its call has reached.
   */
  takes({ message, claimed, media }: RunContext, targets: readonly CallTarget[]): boolean {
    return (
      media === undefined &&
      message.parts.length === 1 &&
      message.orderKey === undefined &&
      message.duplicateCheck.by === "gateway" &&
      message.msgtype !== "template_card" &&
      claimed.chunkCount === 1 &&
      targets.length <= SMALL &&
      targets.every(({ kind }) => kind === "user")
    )
  }

  /** Resolves when nothing is left to be done for the message now. */
  join(offer: Offer): Promise<void> {
    const waiting = { ...offer, ended: Promise.withResolvers<void>() }
    const key = `${offer.run.message.priority} ${offer.run.message.parts[0]}`
    const open = this.#open.get(key) ?? []
    this.#open.set(key, open)
    let call = open.find((one) => hasRoom(one, offer))
    if (call === undefined) {
      call = { hasLeft: false, offers: [], people: new Set() }
      open.push(call)
      void this.#carry(call, key)
    }
    call.offers.push(waiting)
    for (const target of offer.targets) call.people.add(target.key)
    void this.#leaveWhenHalted(call, waiting)
    return waiting.ended.promise
  }

  /** While there is no permit yet, a message that is halted need not wait for one. */
  async #leaveWhenHalted(call: OpenCall, offer: WaitingOffer): Promise<void> {
    await offer.run.halted()
    if (call.hasLeft) return
    call.offers.splice(call.offers.indexOf(offer), 1)
    for (const target of offer.targets) call.people.delete(target.key)
    await offer.reservation[Symbol.asyncDispose]()
    offer.ended.resolve()
  }

  /** Carries a call, from the first message to the last answer. */
  async #carry(call: OpenCall, key: string): Promise<void> {
    const { offers } = call
    try {
      await using unsent = new AsyncDisposableStack()
      // Messages can join until there is a permit.
      unsent.defer(async () => {
        for (const { reservation } of offers) await reservation[Symbol.asyncDispose]()
      })
      using permit = await this.#permit(call, key)
      call.hasLeft = true
      const refused: Refused = { halving: new Halving(), waiting: [] }
      unsent.defer(async () => {
        for (const { reservation } of refused.waiting.flat()) await reservation[Symbol.asyncDispose]()
      })
      await this.#sendThose(offers, permit, refused)
      await this.#sendHalves(refused)
    } catch (error) {
      for (const { ended } of offers) ended.reject(error)
    }
    for (const { ended } of offers) ended.resolve()
  }

  /** Sends those of the messages that may go out now. */
  async #sendThose(offers: readonly Offer[], permit: Permit | undefined, refused: Refused): Promise<void> {
    const ready = permit === undefined ? [] : offers.filter(isReady)
    for (const offer of offers) if (!ready.includes(offer)) offer.run.nextWake.until(offer.run.queuePosition())
    if (permit !== undefined) await this.#send(ready, permit, refused)
  }

  async #permit(call: OpenCall, key: string): Promise<Permit | undefined> {
    try {
      // After this the first message has joined.
      await Promise.resolve()
      const [first] = call.offers
      if (first === undefined) return undefined
      const { deps } = first.run
      await deps.clock.sleep(GATHER_MS, deps.stopping)
      return await askForPermit(this.#runtime, first.run)
    } catch (error) {
      if (call.offers[0]?.run.deps.stopping.aborted !== true) throw error
      return undefined
    } finally {
      this.#close(call, key)
    }
  }

  #close(call: OpenCall, key: string): void {
    const others = (this.#open.get(key) ?? []).filter((one) => one !== call)
    if (others.length > 0) this.#open.set(key, others)
    else this.#open.delete(key)
  }

  /** Sends one call; or, after a refusal because of one recipient, as many as needed. Gives the permit back. */
  async #send(offers: readonly Offer[], permit: Permit, { halving, waiting }: Refused): Promise<void> {
    const [first, ...others] = offers.map((offer) => ({ ...offer, number: offer.run.nextCallNumber() }))
    if (first === undefined) return
    const { run, number, targets } = first
    const shares = others.map((other) => ({ ...other, messageId: other.run.message.id }))
    const reservation = new SharedCallReservation(offers.map((offer) => offer.reservation))
    const call = await freezeCall(0, first, others)
    const plan = { number, part: 0, targets, reservation, call, shares }
    const outcome = await makeAttempt(run, plan, permit)
    if (outcome.kind === "left_out") {
      for (const offer of offers) offer.run.interrupt()
      return
    }
    const { decision } = outcome
    if (decision.kind === "accepted") halving.accepted()
    if (decision.kind === "final" && decision.state === "invalid") halving.refused(1)
    for (const [index, { run: sharer }] of shares.entries()) noteShare(sharer, outcome, index)
    if (decision.kind !== "halve") return
    // The call has a thousand people at most, so it is halved to the end.
    halving.refused(peopleIn(offers))
    waiting.push(...halves(offers).toReversed())
  }

  /** Sends one half after another, and their halves. */
  async #sendHalves(refused: Refused): Promise<void> {
    const { halving, waiting } = refused
    for (let half = halving.next(waiting); half !== undefined; half = halving.next(waiting)) {
      await using unsent = new AsyncDisposableStack()
      for (const { reservation } of half) unsent.use(reservation)
      const first = half.find(isReady)
      using permit = first && (await askForPermit(this.#runtime, first.run))
      await this.#sendThose(half, permit, refused)
    }
  }
}

/** The state of a call that was refused because of one of its people. */
interface Refused {
  readonly halving: Halving
  readonly waiting: (readonly Offer[])[]
}

function peopleIn(offers: readonly Offer[]): number {
  return offers.reduce((sum, { targets }) => sum + targets.length, 0)
}

function isReady({ run }: Offer): boolean {
  return !run.isHalted() && !run.isExpired()
}

/** The most targets of a message that may share; a larger message is worth a call of its own. */
const SMALL = 100
/** Long enough for messages that were posted together, too short to be noticed. */
const GATHER_MS = 20
const MOST_PEOPLE = 1000
/** Each message is settled together with all others in one commit. */
const MOST_MESSAGES = 100

function hasRoom({ offers, people }: OpenCall, { targets }: Offer): boolean {
  return (
    offers.length < MOST_MESSAGES &&
    people.size + targets.length <= MOST_PEOPLE &&
    targets.every(({ key }) => !people.has(key))
  )
}

/** Halves by people, not by messages; each half gets the reservations of its people. */
function halves(offers: readonly Offer[]): readonly (readonly Offer[])[] {
  let room = Math.ceil(peopleIn(offers) / 2)
  const first: Offer[] = []
  const second: Offer[] = []
  for (const offer of offers) {
    const here = offer.targets.slice(0, room)
    const there = offer.targets.slice(room)
    room -= here.length
    if (here.length > 0) first.push(partOf(offer, here))
    if (there.length > 0) second.push(partOf(offer, there))
  }
  return [first, second]
}

function partOf(offer: Offer, targets: Offer["targets"]): Offer {
  return { ...offer, targets, reservation: offer.reservation.split(targets) }
}
