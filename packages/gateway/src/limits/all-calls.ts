import { WaitingApps } from "./waiting-apps.ts"
import type { WaitingApp } from "./waiting-apps.ts"

/**
 * How many calls of all apps together may be under way: never more than there are sockets, or a call's time would run
 * out while it waits for one. Waiting apps take turns, so that an app with many calls does not delay the others.
 */
export class AllCalls {
  readonly #most: number
  #underWay = 0
  #onTheWire = 0
  #exchangeMs = Infinity
  readonly #inlet = new WaitingApps()
  readonly #waitingToSend = new WaitingApps()

  constructor(most: number) {
    this.#most = most
  }

  /** Whether one more call may be prepared. */
  get hasRoom(): boolean {
    return this.#underWay < this.#most * preparedPerSocket(this.#exchangeMs)
  }

  /** Whether a prepared call gets a socket. */
  get hasSocket(): boolean {
    return this.#onTheWire < this.#most
  }

  entered(): void {
    this.#underWay++
  }

  startedSending(): void {
    this.#onTheWire++
  }

  left({ wasSent }: { readonly wasSent: boolean }): void {
    this.#underWay--
    if (wasSent) this.#onTheWire--
    while (this.hasSocket && this.#waitingToSend.letOne());
    while (this.hasRoom && this.#inlet.letOne());
  }

  waitToEnter(app: WaitingApp): void {
    this.#inlet.add(app)
  }

  waitToSend(app: WaitingApp): void {
    this.#waitingToSend.add(app)
  }

  noteExchange(ms: number): void {
    this.#exchangeMs = averageOf(this.#exchangeMs, ms)
  }
}

/**
 * How many calls may be prepared for each that may be on the wire. While WeCom answers at once it is three, so that the
 * next call is prepared when a socket becomes free, although the disk takes its time. Measured with 50 in flight: a
 * tenth more calls a second than with two, and no more with four.
 */
export function preparedPerSocket(exchangeMs: number): number {
  return exchangeMs < QUICK_MS ? 3 : 1
}

const QUICK_MS = 20

/** The newest value counts for a sixteenth. */
export function averageOf(average: number, ms: number): number {
  return average === Infinity ? ms : average + (ms - average) / 16
}
