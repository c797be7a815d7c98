import { Halving } from "@wecom-push/protocol/delivery"
import { manifestOf } from "../domain/manifest.ts"
import type { SendTime } from "../limits/member-windows.ts"
import type { CarriedTarget } from "../domain/target.ts"
import type { AppDesk } from "./app-desk.ts"
import type { Permit } from "../limits/call-gate.ts"
import { fly, noteShare } from "./flight.ts"
import { freezeCall } from "./freeze.ts"
import { giveUp } from "./give-up.ts"
import type { RunContext } from "./run-context.ts"

/** What a message has to send. */
interface Offer {
  readonly run: RunContext
  readonly targets: readonly CarriedTarget[]
  readonly send: SendTime
}

interface Seat extends Offer {
  readonly landed: PromiseWithResolvers<void>
}

/** A call that has not left. */
interface Gathering {
  readonly seats: Seat[]
  /** Nobody stands in one call for two messages: each message is a copy of its own. */
  readonly people: Set<string>
}

/**
 * Where an app may share calls, equal messages that are ready at about the same time travel in one. Whoever comes first
 * opens a call; it leaves with all who have joined by the time the app may make another.
 */
export class CallPool {
  readonly #desk: AppDesk
  readonly #gatherings = new Map<string, Gathering[]>()

  constructor(desk: AppDesk) {
    this.#desk = desk
  }

  /**
   * Is it a small message with nothing about it that needs a call of its own? Parts and order keys are about order, the
   * caller's own duplicate check compares the body of this message alone, and whoever may change a card may change it on
   * every phone its call has reached.
   */
  takes({ message, claimed, media }: RunContext, targets: readonly CarriedTarget[]): boolean {
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

  /** Resolves when nothing is left to be done for it now. */
  join(offer: Offer): Promise<void> {
    const seat = { ...offer, landed: Promise.withResolvers<void>() }
    const key = `${offer.run.message.priority} ${offer.run.message.parts[0]}`
    const gatherings = this.#gatherings.get(key) ?? []
    this.#gatherings.set(key, gatherings)
    let gathering = gatherings.find((one) => hasRoom(one, offer))
    if (gathering === undefined) {
      gathering = { seats: [], people: new Set() }
      gatherings.push(gathering)
      void this.#see(gathering, key)
    }
    gathering.seats.push(seat)
    for (const target of offer.targets) gathering.people.add(target.key)
    return seat.landed.promise
  }

  /** From the first message to the last answer. */
  async #see(gathering: Gathering, key: string): Promise<void> {
    const { seats } = gathering
    try {
      const permit = await this.#permit(gathering, key)
      const ready = seats.filter(({ run }) => !run.isHalted() && !run.isExpired())
      for (const seat of seats) if (permit === undefined || !ready.includes(seat)) await notNow(seat)
      if (permit !== undefined && ready.length > 0) await this.#send(ready, permit, new Halving())
      else if (permit !== undefined) this.#desk.gate.leave(permit)
      for (const { landed } of seats) landed.resolve()
    } catch (error) {
      for (const { landed } of seats) landed.reject(error)
    }
  }

  async #permit(gathering: Gathering, key: string): Promise<Permit | undefined> {
    try {
      // By the next turn the first has taken its seat.
      await Promise.resolve()
      const [first] = gathering.seats
      if (first === undefined) return undefined
      const { deps, message } = first.run
      await deps.clock.sleep(GATHER_MS, deps.stopping)
      return await this.#desk.gate.enter(message.priority, deps.clock.now())
    } catch (error) {
      if (gathering.seats[0]?.run.deps.stopping.aborted !== true) throw error
      return undefined
    } finally {
      this.#close(gathering, key)
    }
  }

  #close(gathering: Gathering, key: string): void {
    const others = (this.#gatherings.get(key) ?? []).filter((one) => one !== gathering)
    if (others.length > 0) this.#gatherings.set(key, others)
    else this.#gatherings.delete(key)
  }

  /** One call, or after a refusal for one recipient as many as it takes. Gives the permit back. */
  async #send(offers: readonly Offer[], permit: Permit, halving: Halving): Promise<void> {
    const [first, ...others] = offers.map((offer) => ({ ...offer, number: offer.run.nextCallNumber() }))
    if (first === undefined) return
    const { run, number, targets, send } = first
    const riders = others.map((other) => ({ ...other, messageId: other.run.message.id }))
    try {
      const call = await freezeCall(0, first, others)
      const flown = await fly(run, { number, part: 0, targets: manifestOf(targets), send, call, riders }, permit)
      if (flown.kind === "left_out") {
        for (const offer of offers) {
          offer.run.interrupt()
          await this.#desk.quota?.giveBack(offer.targets, run.now())
        }
        return
      }
      if (flown.verdict.kind === "accepted") halving.accepted()
      if (flown.verdict.kind === "final" && flown.verdict.state === "invalid") halving.refused(1)
      for (const [index, { run: rider }] of riders.entries()) noteShare(rider, flown, index)
      if (flown.verdict.kind === "halve") await this.#halve(offers, flown.errcode, halving)
    } finally {
      for (const rider of riders) rider.send.at = send.at
    }
  }

  async #halve(offers: readonly Offer[], errcode: number | undefined, halving: Halving): Promise<void> {
    const count = offers.reduce((sum, { targets }) => sum + targets.length, 0)
    if (halving.refused(count) === "give_up") {
      for (const { run, targets } of offers) await giveUp(run, targets, 0, errcode)
      return
    }
    for (const half of halves(offers)) {
      const again = half.map((offer) => ({ ...offer, send: offer.run.newSend() }))
      const going = again.filter(({ run }) => !run.isHalted() && !run.isExpired())
      for (const { send, targets } of going) for (const { key } of targets) this.#desk.windows.record(key, send)
      const [first] = going
      const permit = first && (await this.#desk.gate.enter(first.run.message.priority, first.run.now()))
      for (const offer of again) if (permit === undefined || !going.includes(offer)) await notNow(offer)
      if (permit !== undefined) await this.#send(going, permit, halving)
    }
  }
}

/** What a message may name and still share; more are a call worth making. */
const SMALL = 100
/** Long enough for messages that were posted together, too short to be noticed. */
const GATHER_MS = 20
const MOST_PEOPLE = 1000
/** Each is settled with all others in one commit. */
const MOST_MESSAGES = 100

function hasRoom({ seats, people }: Gathering, { targets }: Offer): boolean {
  return (
    seats.length < MOST_MESSAGES &&
    people.size + targets.length <= MOST_PEOPLE &&
    targets.every(({ key }) => !people.has(key))
  )
}

async function notNow({ run, send, targets }: Offer): Promise<void> {
  send.at = -Infinity
  run.rest.until(run.placeInQueue())
  await run.desk.quota?.giveBack(targets, run.now())
}

/** By people, not by messages. */
function halves(offers: readonly Offer[]): readonly (readonly Offer[])[] {
  const all = offers.reduce((sum, { targets }) => sum + targets.length, 0)
  let room = Math.ceil(all / 2)
  const first: Offer[] = []
  const second: Offer[] = []
  for (const offer of offers) {
    const here = offer.targets.slice(0, room)
    const there = offer.targets.slice(room)
    room -= here.length
    if (here.length > 0) first.push({ ...offer, targets: here })
    if (there.length > 0) second.push({ ...offer, targets: there })
  }
  return [first, second]
}
