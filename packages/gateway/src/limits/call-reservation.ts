import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { PRIORITIES } from "../domain/message.ts"
import type { Priority } from "../domain/message.ts"
import type { JumpAwareClock } from "../domain/jump-aware-clock.ts"
import type { CallTarget } from "../domain/target.ts"
import type { Deferred, Reservation, Taken } from "../ports/governor.ts"
import type { DayQuota } from "./day-quota.ts"
import type { MemberWindows, SendTime } from "./member-windows.ts"

/** What all calls to the members of one app of a corp share. */
export interface SharedLimits {
  readonly clock: JumpAwareClock
  readonly windows: MemberWindows
  /** Undefined where the size of the corp is not told. */
  readonly quota: DayQuota | undefined
}

/** What one call holds of its members' windows and of the day's quota. */
export class CallReservation implements Reservation {
  readonly #limits: SharedLimits
  readonly #priority: Priority
  /** One for all members of the call, so that its answer moves a thousand windows at once. */
  readonly #send: SendTime = { at: Infinity }
  /** For whom some of the day's quota was taken that is not known to be used up. */
  #held: readonly CallTarget[] = []
  #heldSinceMs: number

  constructor(limits: SharedLimits, priority: Priority) {
    this.#limits = limits
    this.#priority = priority
    this.#heldSinceMs = limits.clock.now()
  }

  add(key: string): Deferred | undefined {
    const { clock, windows } = this.#limits
    const steadyAt = windows.admit(key, this.#send, PRIORITIES.indexOf(this.#priority), clock.steady.now())
    return steadyAt === undefined ? undefined : { untilMs: clock.toWall(steadyAt), reason: "member_rate" }
  }

  /** Counts members in without asking whether there is room. */
  force(keys: Iterable<string>): void {
    const { clock, windows } = this.#limits
    const now = clock.steady.now()
    for (const key of keys) windows.force(key, this.#send, now)
  }

  async take(targets: readonly CallTarget[]): Promise<Taken> {
    const { clock, quota } = this.#limits
    if (quota === undefined) return { going: targets, deferred: [] }
    this.#heldSinceMs = clock.now()
    const count = await quota.take(targets, this.#priority)
    this.#held = count === targets.length ? targets : targets.slice(0, count)
    const untilMs = nextBeijingDayAt(clock.now())
    const deferred = targets.slice(count).map((target) => ({ target, untilMs, reason: "day_quota" as const }))
    return { going: this.#held, deferred }
  }

  split(targets: readonly CallTarget[]): Reservation {
    const part = new CallReservation(this.#limits, this.#priority)
    part.force(targets.map(({ key }) => key))
    if (this.#held.length === 0) return part
    const moved = new Set(targets.map(({ key }) => key))
    part.#held = this.#held.filter(({ key }) => moved.has(key))
    part.#heldSinceMs = this.#heldSinceMs
    this.#held = this.#held.filter(({ key }) => !moved.has(key))
    return part
  }

  ended(atMs: number | undefined): void {
    this.#send.at = atMs ?? -Infinity
    // In doubt counts as used.
    if (atMs !== undefined) this.#held = []
  }

  async settle(unreached: readonly CallTarget[]): Promise<void> {
    this.#held = []
    await this.#limits.quota?.giveBack(unreached, this.#heldSinceMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#send.at === Infinity) this.#send.at = -Infinity
    const held = this.#held
    this.#held = []
    if (held.length > 0) await this.#limits.quota?.giveBack(held, this.#heldSinceMs)
  }
}

/** Several messages' reservations, all of one app, for the call that they share. */
export class SharedCallReservation implements Pick<Reservation, "ended" | "settle"> {
  readonly #all: readonly Reservation[]

  constructor(all: readonly Reservation[]) {
    this.#all = all
  }

  ended(atMs: number | undefined): void {
    for (const reservation of this.#all) reservation.ended(atMs)
  }

  /** One of them can give back for all. */
  async settle(unreached: readonly CallTarget[]): Promise<void> {
    for (const [index, reservation] of this.#all.entries()) await reservation.settle(index === 0 ? unreached : [])
  }
}
