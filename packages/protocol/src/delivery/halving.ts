/**
 * WeCom may refuse a whole call because of one recipient, without naming it. Such a call is halved until the bad
 * recipient is alone: in a call to n people this takes 2n - 1 calls at most, and no other recipient is refused. The
 * halving of a message of many calls ends when no call at all succeeds, since then the recipients are not to blame.
 */
export class Halving {
  #refusalsInVain = 0
  /** Whether the last call was halved: its halves are the latest. */
  #isDescending = false
  #takesFirstHalf = false

  /** A call succeeded: from now on every refusal is due to a recipient. */
  accepted(): void {
    this.#refusalsInVain = -Infinity
    this.#isDescending = false
  }

  /** @param count of recipients in the call that was refused for one of them */
  refused(count: number): "halve" | "alone" | "give_up" {
    if (++this.#refusalsInVain > MAX_REFUSALS_IN_VAIN) return "give_up"
    this.#isDescending = count > 1
    return count === 1 ? "alone" : "halve"
  }

  /**
   * Takes the next call out of the waiting ones. Until a call has succeeded it takes one half of the refused call after
   * another, down to a single person, and then the largest waiting call. So both many good people in a row and single
   * good ones among bad ones are found soon, wherever they are.
   * @param waiting the halves of a refused call are added at its end, the first half last
   */
  next<Call>(waiting: Call[]): Call | undefined {
    if (this.#refusalsInVain < 0) return waiting.pop()
    if (!this.#isDescending) return waiting.shift()
    // Alternates, because the bad recipients may follow a pattern.
    this.#takesFirstHalf = !this.#takesFirstHalf
    return waiting.splice(this.#takesFirstHalf ? -1 : -2, 1)[0]
  }
}

/** The number of calls for a call to a thousand people who are all bad. */
const MAX_REFUSALS_IN_VAIN = 1999

export function halvesOf<Target>(targets: readonly Target[]): readonly [readonly Target[], readonly Target[]] {
  const middle = Math.ceil(targets.length / 2)
  return [targets.slice(0, middle), targets.slice(middle)]
}
