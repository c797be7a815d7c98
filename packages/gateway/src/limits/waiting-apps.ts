/** Calls of one kind that wait for an app. */
export interface WaitingApp {
  /**
   * How many of its calls go before those of backlogs: one for each call that came while its app had little to send.
   */
  callsFirst: number
  /** Lets one call through. @returns whether another one waits */
  letOne(): boolean
}

/**
 * The waiting apps, and whose call is next. All apps take turns, and every other call belongs to an app that has little
 * to send. Otherwise, with two hundred backlogs in front, the one message of another app would wait as long as two
 * hundred calls take; and where an app sends one message a second and that is more than its share of all calls, each
 * message would wait longer than the one before. Backlogs always keep half of all calls.
 */
export class WaitingApps {
  readonly #little = new Set<WaitingApp>()
  readonly #others = new Set<WaitingApp>()
  #lastWasLittle = false

  /** Adds the app behind the others, unless it waits already. */
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
