/** Calls of one kind that wait for an app. */
export interface WaitingApp {
  /**
   * How many of its calls go before those of backlogs: each of an app that had little to send when it came, also behind
   * one that was late.
   */
  callsFirst: number
  /** Lets one call through. @returns whether another one waits */
  letOne(): boolean
}

/**
 * Waiting apps, and whose call is next. All take turns, and every other call is of an app that has little to send: with two
 * hundred backlogs in front, the one message of another app would otherwise wait as long as two hundred calls take; and of
 * an app that sends one a second more than its share of all calls, each message would wait longer than the one before.
 * Backlogs keep half of all calls, whatever comes.
 */
export class WaitingApps {
  readonly #little = new Set<WaitingApp>()
  readonly #others = new Set<WaitingApp>()
  #lastWasLittle = false

  /** Behind the others, unless it waits already. */
  add(app: WaitingApp): void {
    // It has kept its place if its earlier waiting calls were refused.
    const [its, other] = app.callsFirst === 0 ? [this.#others, this.#little] : [this.#little, this.#others]
    other.delete(app)
    its.add(app)
  }

  /** @returns false when none waits */
  letOne(): boolean {
    const [[ofLittle], [ofOthers]] = [this.#little, this.#others]
    this.#lastWasLittle = ofLittle !== undefined && (ofOthers === undefined || !this.#lastWasLittle)
    const app = this.#lastWasLittle ? ofLittle : ofOthers
    if (app === undefined) return false
    if (this.#little.delete(app)) app.callsFirst--
    this.#others.delete(app)
    if (app.letOne()) this.add(app)
    return true
  }
}
