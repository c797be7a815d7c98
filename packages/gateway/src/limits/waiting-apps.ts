/** Calls of one kind that wait for an app. */
export interface WaitingApp {
  /**
   * How many of its calls may still go before those of apps that have waited for long: `FIRST_CALLS` when it begins to
   * wait.
   */
  callsFirst: number
  /** Lets one call through. @returns whether another one waits */
  letOne(): boolean
}

/**
 * Waiting apps, and whose call is next. All take turns, and every other call is of an app that has only just begun to
 * wait: with two hundred backlogs in front, the one message of another app would otherwise wait as long as two hundred
 * calls take; and of an app that sends one a second more than its share of all calls, each message would wait longer
 * than the one before. Backlogs keep half of all calls, whatever comes.
 */
export class WaitingApps {
  readonly #new = new Set<WaitingApp>()
  readonly #others = new Set<WaitingApp>()
  #lastWasNew = false

  /** Behind the others, unless it waits already. */
  add(app: WaitingApp): void {
    // It has kept its place if its earlier waiting calls were refused.
    const [its, other] = app.callsFirst === 0 ? [this.#others, this.#new] : [this.#new, this.#others]
    other.delete(app)
    its.add(app)
  }

  /** @returns false when none waits */
  letOne(): boolean {
    const [[ofNew], [ofOthers]] = [this.#new, this.#others]
    this.#lastWasNew = ofNew !== undefined && (ofOthers === undefined || !this.#lastWasNew)
    const app = this.#lastWasNew ? ofNew : ofOthers
    if (app === undefined) return false
    if (this.#new.delete(app)) app.callsFirst--
    this.#others.delete(app)
    if (app.letOne()) this.add(app)
    return true
  }
}

/**
 * One would do if no app were ever a moment late: a second call that came meanwhile would then put it behind all
 * backlogs.
 */
export const FIRST_CALLS = 2
