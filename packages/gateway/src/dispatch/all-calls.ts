/** A gate that waits for its turn among those of all apps. */
interface Waiting {
  /** Lets one call through. @returns whether another one waits */
  letOne(): boolean
}

/**
 * How many calls of all apps together may be under way: never more than there are sockets, or a call's time would run out
 * while it waits for one. Apps that wait take turns, so that one with much to send holds up none of the others.
 */
export class AllCalls {
  readonly #most: number
  #underWay = 0
  #flying = 0
  #exchangeMs = Infinity
  readonly #entering = new Set<Waiting>()
  readonly #takingOff = new Set<Waiting>()

  constructor(most: number) {
    this.#most = most
  }

  /** Room for a call to get ready. */
  get hasRoom(): boolean {
    return this.#underWay < this.#most * underWayPerFlying(this.#exchangeMs)
  }

  /** A socket for one that is ready. */
  get hasSocket(): boolean {
    return this.#flying < this.#most
  }

  entered(): void {
    this.#underWay++
  }

  tookOff(): void {
    this.#flying++
  }

  left({ hasFlown }: { readonly hasFlown: boolean }): void {
    this.#underWay--
    if (hasFlown) this.#flying--
    while (this.hasSocket && letFirst(this.#takingOff));
    while (this.hasRoom && letFirst(this.#entering));
  }

  waitToEnter(gate: Waiting): void {
    this.#entering.add(gate)
  }

  waitToTakeOff(gate: Waiting): void {
    this.#takingOff.add(gate)
  }

  noteExchange(ms: number): void {
    this.#exchangeMs = averageOf(this.#exchangeMs, ms)
  }
}

/** @returns false when nobody waits */
function letFirst(gates: Set<Waiting>): boolean {
  const [first] = gates
  if (first === undefined) return false
  gates.delete(first)
  // Behind the others.
  if (first.letOne()) gates.add(first)
  return true
}

/**
 * While WeCom answers at once, so many times as many calls as may be on the wire are under way to it: none need wait
 * while the disk is at work. Measured with 50 in flight: a tenth more calls a second than with two, and no more to be had
 * with four.
 */
export function underWayPerFlying(exchangeMs: number): number {
  return exchangeMs < QUICK_MS ? 3 : 1
}

const QUICK_MS = 20

/** Of late. */
export function averageOf(average: number, ms: number): number {
  return average === Infinity ? ms : average + (ms - average) / 16
}
