import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { PRIORITIES } from "../model/message.ts"
import type { Priority } from "../model/message.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { rateReason } from "../model/target.ts"
import type { CallTarget } from "../model/target.ts"
import type { Deferred, DeferredTarget, Reservation, Taken } from "../model/ports/governor.ts"
import type { WindowHold, WindowsTaken } from "../model/ports/shared-counts.ts"
import type { ChatPersonTimes, PlacesHold } from "./chat-person-times.ts"
import type { DayQuota } from "./day-quota.ts"
import type { Asker, MemberWindows, SendTime } from "./member-windows.ts"

/** Shared by all calls to the members of one app of a corp. */
export interface SharedLimits {
  readonly clock: JumpAwareClock
  readonly windows: MemberWindows
  /** Undefined where this process alone sends to WeCom. */
  readonly windowsOfAll: WindowsOfAll | undefined
  /** Undefined where the size of the corp is not set. */
  readonly quota: DayQuota | undefined
  /** Set only for the limits of group chats. */
  readonly chatPersonTimes?: Pick<ChatPersonTimes, "take"> | undefined
}

/** The windows of a party's members as all nodes see them. */
export interface WindowsOfAll {
  take(members: readonly string[], asker: Asker): Promise<WindowsTaken>
  /** Notes that a message waits for room of this member only because of this process's own sends. */
  waitedFor(member: string): void
  force(members: readonly string[]): Promise<WindowHold>
}

/** The part of its members' windows and of the day's quota that one call has reserved. */
export class CallReservation implements Reservation {
  readonly #limits: SharedLimits
  readonly #priority: Priority
  readonly #owner: string
  /** One object for all members of the call, so that its answer moves a thousand windows at once. */
  readonly #send: SendTime = { at: Infinity }
  /** The same reservation where other nodes see it. */
  #hold: WindowHold | undefined
  /** Targets whose person-times are taken but may turn out to be unused. */
  #held: readonly CallTarget[] = []
  #heldSinceMs: number
  /** The person-times held for each chat. */
  #personTimes: ReadonlyMap<string, PlacesHold> = new Map()
  readonly #kind: TargetKind

  /**
   * @param owner the message: however often it asks, it keeps its place among those who wait
   * @param kind of its targets
   */
  constructor(limits: SharedLimits, priority: Priority, owner: string, kind: TargetKind) {
    this.#limits = limits
    this.#kind = kind
    this.#priority = priority
    this.#owner = owner
    this.#heldSinceMs = limits.clock.now()
  }

  add(key: string): Deferred | undefined {
    const { clock, windows, windowsOfAll, quota } = this.#limits
    const spentUntilMs = quota?.spentUntil(this.#priority)
    if (spentUntilMs !== undefined) return { untilMs: spentUntilMs, reason: "day_quota" }
    const steadyAt = windows.admit(key, this.#send, this.#asker, clock.steady.now())
    if (steadyAt !== undefined) windowsOfAll?.waitedFor(key)
    return steadyAt === undefined ? undefined : { untilMs: this.#retryAt(steadyAt), reason: rateReason(this.#kind) }
  }

  /**
   * Counts in all members, or none.
   * @param waitsUntilMs when room comes only after that, they are counted in without room
   * @returns until when they have to wait instead
   */
  async addAll(keys: readonly string[], waitsUntilMs: number): Promise<number | undefined> {
    const { clock, windows, windowsOfAll } = this.#limits
    if (!windows.isLimited || keys.length === 0) return undefined
    const freeAt = windows.freeAt(keys, clock.steady.now())
    const untilMs = freeAt === undefined ? undefined : this.#retryAt(freeAt)
    if (untilMs !== undefined && untilMs < waitsUntilMs) return untilMs
    // Nothing is awaited in between, so no other call can take the room.
    if (windowsOfAll !== undefined) {
      const ofAllUntilMs = await this.#keepAll(windowsOfAll, keys)
      if (ofAllUntilMs !== undefined && ofAllUntilMs < waitsUntilMs) return ofAllUntilMs
      this.#hold ??= await windowsOfAll.force(keys)
    }
    this.#forceHere(keys)
    return undefined
  }

  /** Holds them in the windows that all nodes see. @returns until when they have to wait; then no member is held */
  async #keepAll(windowsOfAll: WindowsOfAll, keys: readonly string[]): Promise<number | undefined> {
    const { hold, waitMs } = await windowsOfAll.take(keys, this.#asker)
    if (waitMs.size === 0) {
      this.#hold = hold
      return undefined
    }
    await hold.end(undefined)
    return this.#limits.clock.now() + Math.max(...waitMs.values())
  }

  #retryAt(steadyAt: number): number {
    const { clock, windowsOfAll } = this.#limits
    return clock.toWall(steadyAt) + (windowsOfAll === undefined ? 0 : CLOCKS_DIFFER_MS)
  }

  async take(targets: readonly CallTarget[]): Promise<Taken> {
    const { quota, chatPersonTimes } = this.#limits
    const taken = await this.#takeRoom(targets)
    if (quota !== undefined) return this.#takeQuota(quota, taken)
    return chatPersonTimes === undefined ? taken : this.#takeOfCorp(taken)
  }

  async #takeOfCorp({ going: wanted, deferred }: Taken): Promise<Taken> {
    const waiting = await this.takePersonTimes(wanted)
    if (waiting.length === 0) return { going: wanted, deferred }
    const keys = new Set(waiting.map(({ target }) => target.key))
    for (const key of keys) this.#limits.windows.drop(key, this.#send)
    await this.#hold?.split([...keys]).end(undefined)
    return { going: wanted.filter(({ key }) => !keys.has(key)), deferred: [...deferred, ...waiting] }
  }

  /**
   * Takes the person-times of chats, which all apps of the corp share.
   * @returns the targets that have to wait for them
   */
  async takePersonTimes(targets: readonly CallTarget[]): Promise<readonly DeferredTarget[]> {
    const { chatPersonTimes } = this.#limits
    if (chatPersonTimes === undefined) return []
    const held = new Map(this.#personTimes)
    this.#personTimes = held
    const waiting: DeferredTarget[] = []
    for (const target of targets) {
      const taken = await chatPersonTimes.take(target.id, this.#asker)
      if ("untilMs" in taken) waiting.push({ target, untilMs: taken.untilMs, reason: "target_rate" })
      else held.set(target.key, taken)
    }
    return waiting
  }

  /** Takes room in the windows of all nodes, since other nodes may have sent to the same members. */
  async #takeRoom(targets: readonly CallTarget[]): Promise<Taken> {
    const { clock, windows, windowsOfAll } = this.#limits
    if (windowsOfAll === undefined || !windows.isLimited || targets.length === 0)
      return { going: targets, deferred: [] }
    const { hold, waitMs } = await windowsOfAll.take(
      targets.map(({ key }) => key),
      this.#asker,
    )
    this.#hold = hold
    const now = clock.now()
    const deferred = targets.flatMap((target) => {
      const ms = waitMs.get(target.key)
      return ms === undefined ? [] : [{ target, untilMs: now + ms, reason: rateReason(target.kind) }]
    })
    for (const { target } of deferred) windows.drop(target.key, this.#send)
    return { going: targets.filter(({ key }) => !waitMs.has(key)), deferred }
  }

  async #takeQuota(quota: DayQuota, { going: wanted, deferred }: Taken): Promise<Taken> {
    const { clock } = this.#limits
    this.#heldSinceMs = clock.now()
    const count = await quota.take(wanted, this.#priority)
    if (count === wanted.length) {
      this.#held = wanted
      return { going: wanted, deferred }
    }
    this.#held = wanted.slice(0, count)
    const rest = wanted.slice(count)
    await this.#hold?.split(rest.map(({ key }) => key)).end(undefined)
    const untilMs = nextBeijingDayAt(clock.now())
    return {
      going: this.#held,
      deferred: [...deferred, ...rest.map((target) => ({ target, untilMs, reason: "day_quota" as const }))],
    }
  }

  split(targets: readonly CallTarget[]): Reservation {
    const part = new CallReservation(this.#limits, this.#priority, this.#owner, this.#kind)
    const keys = targets.map(({ key }) => key)
    part.#forceHere(keys)
    part.#hold = this.#hold?.split(keys)
    part.#heldSinceMs = this.#heldSinceMs
    const moved = new Set(keys)
    part.#held = this.#held.filter(({ key }) => moved.has(key))
    this.#held = this.#held.filter(({ key }) => !moved.has(key))
    part.#personTimes = new Map([...this.#personTimes].filter(([key]) => moved.has(key)))
    this.#personTimes = new Map([...this.#personTimes].filter(([key]) => !moved.has(key)))
    return part
  }

  renew(): boolean | Promise<boolean> {
    return this.#hold === undefined || this.#hold.renew()
  }

  ended(atMs: number | undefined): void {
    this.#send.at = atMs ?? -Infinity
    // An attempt in doubt counts as used.
    if (atMs !== undefined) this.#held = []
  }

  async settle(unreached: readonly CallTarget[]): Promise<void> {
    this.#held = []
    await Promise.all([this.#endHold(), this.#limits.quota?.giveBack(unreached, this.#heldSinceMs)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#send.at === Infinity) this.#send.at = -Infinity
    const held = this.#held
    this.#held = []
    await this.#endHold()
    await this.#limits.quota?.giveBack(held, this.#heldSinceMs)
  }

  /** Only once it is settled: its room may go to other calls. */
  async #endHold(): Promise<void> {
    const holds = [...(this.#hold === undefined ? [] : [this.#hold]), ...this.#personTimes.values()]
    this.#hold = undefined
    this.#personTimes = new Map()
    if (holds.length === 0) return
    const { at } = this.#send
    // As far as is known the call is still under way: it counts as now.
    const now = this.#limits.clock.steady.now()
    const agoMs = at === -Infinity ? undefined : Math.max(0, now - at)
    await Promise.all(holds.map((hold) => hold.end(agoMs)))
  }

  get #asker(): Asker {
    return { owner: this.#owner, rank: PRIORITIES.indexOf(this.#priority) }
  }

  #forceHere(keys: readonly string[]): void {
    const { clock, windows } = this.#limits
    const now = clock.steady.now()
    for (const key of keys) windows.force(key, this.#send, now)
  }
}

/**
 * Added to a wait: without it, a caller that returns at the given time could have to wait again by another node's
 * clock.
 */
const CLOCKS_DIFFER_MS = 5

/** Several messages' reservations, all of one app, for the call that they share. */
export class SharedCallReservation implements Pick<Reservation, "renew" | "ended" | "settle"> {
  readonly #all: readonly Reservation[]

  constructor(all: readonly Reservation[]) {
    this.#all = all
  }

  async renew(): Promise<boolean> {
    let isRenewed = true
    for (const reservation of this.#all) isRenewed = (await reservation.renew()) && isRenewed
    return isRenewed
  }

  ended(atMs: number | undefined): void {
    for (const reservation of this.#all) reservation.ended(atMs)
  }

  /** One of them can give back for all. */
  async settle(unreached: readonly CallTarget[]): Promise<void> {
    for (const [index, reservation] of this.#all.entries()) await reservation.settle(index === 0 ? unreached : [])
  }
}
