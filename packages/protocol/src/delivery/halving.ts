/**
 * WeCom may refuse a whole call for one recipient without naming it. Such a call is halved until the bad one is alone:
 * in a call to n people that takes 2n - 1 calls at most, and no other is refused with them. Not for ever when nothing at
 * all gets through a message of many calls, since then the recipients are not to blame.
 */
export class Halving {
  #refusalsInVain = 0
  /** The last one was halved: its halves are the latest. */
  #isDescending = false
  #takesFirstHalf = false

  /** Something got through: every refusal from now on is a recipient's. */
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
   * Takes out of the calls that wait the one that goes next. Until something has got through, one half of a refused call
   * after another, down to a single person, and then the largest that waits: so both many good people in a row and single
   * ones among bad are soon found, wherever they are.
   * @param waiting the halves of a refused call are added at its end, the first as the last
   */
  next<Call>(waiting: Call[]): Call | undefined {
    if (this.#refusalsInVain < 0) return waiting.pop()
    if (!this.#isDescending) return waiting.shift()
    // Not always the first: who is bad may follow a pattern.
    this.#takesFirstHalf = !this.#takesFirstHalf
    return waiting.splice(this.#takesFirstHalf ? -1 : -2, 1)[0]
  }
}

/** As many as there are in a call of a thousand when each of them is bad. */
const MAX_REFUSALS_IN_VAIN = 1999

export function halvesOf<Target>(targets: readonly Target[]): readonly [readonly Target[], readonly Target[]] {
  const middle = Math.ceil(targets.length / 2)
  return [targets.slice(0, middle), targets.slice(middle)]
}
