import type { CallTarget } from "../../model/target.ts"
import type {
  CallAgain,
  Deferred,
  DeferredTarget,
  Governor,
  HealthReport,
  Permit,
  Reservation,
  Taken,
} from "../../model/ports/governor.ts"

/** Allows everything unless a test sets it otherwise, and notes each call and its arguments. */
export class NotingGovernor implements Governor {
  readonly permits: NotedPermit[] = []
  readonly reservations: NotedReservation[] = []
  readonly reports: HealthReport[] = []
  /** The priorities for which a permit was requested. */
  readonly asked: string[] = []
  readonly again: { readonly keys: readonly string[]; readonly again: CallAgain }[] = []
  /** The targets that have to wait, by key: those known at once, and those known only when a reservation is taken. */
  readonly limited = new Map<string, Deferred>()
  readonly limitedAtLast = new Map<string, Deferred>()
  /** The answers to the next requests for a permit; later requests get a permit at once. */
  readonly answers: (Permit | undefined | Promise<Permit | undefined>)[] = []
  /** The reason and time for which repeated calls have to wait. */
  deferredAgain: Deferred | undefined
  closedUntil: number | undefined
  nextProbeAtMs: number | undefined
  isUnreachable = false
  /** Whether the next try is made by `agent/get`. */
  isTriedByAgentGet = false
  onReport: () => Promise<void> | undefined = () => undefined
  renews = true
  /** Whether there is a socket for a call with a permit. */
  sends = true

  reserve(priority: string): NotedReservation {
    const reservation = new NotedReservation(this, priority)
    this.reservations.push(reservation)
    return reservation
  }

  async reserveAgain(targets: readonly CallTarget[], again: CallAgain): Promise<Reservation | Deferred> {
    this.again.push({ keys: targets.map(({ key }) => key), again })
    return this.deferredAgain ?? this.reserve("again")
  }

  permit(priority: string): Permit | undefined | Promise<Permit | undefined> {
    this.asked.push(priority)
    return this.answers.length > 0 ? this.answers.shift() : this.newPermit()
  }

  newPermit(): NotedPermit {
    const permit = new NotedPermit(this)
    this.permits.push(permit)
    return permit
  }

  report(report: HealthReport): Promise<void> | undefined {
    this.reports.push(report)
    return this.onReport()
  }

  closedUntilMs(): number | undefined {
    return this.closedUntil
  }

  triesByAgentGet(): boolean {
    return this.isTriedByAgentGet
  }

  standing(): never {
    throw new Error("this is not asked for here")
  }

  /** How many permits and reservations have not been given back. */
  get held(): number {
    return [...this.permits, ...this.reservations].filter(({ isHeld }) => isHeld).length
  }
}

export class NotedPermit implements Permit {
  isHeld = true
  readonly exchangesMs: number[] = []
  onSending: () => boolean | Promise<boolean>

  constructor(governor: NotingGovernor) {
    this.onSending = () => governor.sends
  }

  startSending(): boolean | Promise<boolean> {
    return this.onSending()
  }

  noteExchange(ms: number): void {
    this.exchangesMs.push(ms)
  }

  [Symbol.dispose](): void {
    this.isHeld = false
  }
}

export class NotedReservation implements Reservation {
  /** How often it was given back. */
  disposals = 0
  readonly priority: string
  readonly added: string[] = []
  readonly taken: string[][] = []
  /** The targets for which it was split. */
  readonly parts: string[][] = []
  readonly endings: (number | undefined)[] = []
  /** The targets that were reported as not reached, each time it was settled. */
  readonly unreached: string[][] = []
  renewals = 0
  readonly #governor: NotingGovernor

  constructor(governor: NotingGovernor, priority: string) {
    this.#governor = governor
    this.priority = priority
  }

  add(key: string): Deferred | undefined {
    this.added.push(key)
    return this.#governor.limited.get(key)
  }

  async take(targets: readonly CallTarget[]): Promise<Taken> {
    this.taken.push(targets.map(({ id }) => id))
    const going: CallTarget[] = []
    const deferred: DeferredTarget[] = []
    for (const target of targets) {
      const waits = this.#governor.limitedAtLast.get(target.key)
      if (waits === undefined) going.push(target)
      else deferred.push({ target, ...waits })
    }
    return { going, deferred }
  }

  split(targets: readonly CallTarget[]): NotedReservation {
    this.parts.push(targets.map(({ id }) => id))
    return this.#governor.reserve("split")
  }

  renew(): boolean {
    if (!this.isHeld) throw new Error("what is reserved has been given back")
    this.renewals++
    return this.#governor.renews
  }

  ended(atMs: number | undefined): void {
    this.endings.push(atMs)
  }

  async settle(unreached: readonly CallTarget[]): Promise<void> {
    this.unreached.push(unreached.map(({ id }) => id))
  }

  get isHeld(): boolean {
    return this.disposals === 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++
  }
}
