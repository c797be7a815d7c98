/**
 * WeCom may refuse a whole call for one recipient without naming it. Such a call is halved until the bad one stands alone;
 * but not for ever when nothing at all gets through, since then the recipients are not to blame. Nor are those then who
 * were refused alone before; a sender that has told them already does not take it back.
 */
export class Halving {
  #refusalsInVain = 0

  /** Something got through: every refusal from now on is a recipient's. */
  accepted(): void {
    this.#refusalsInVain = -Infinity
  }

  /** @param count of recipients in the call that was refused for one of them */
  refused(count: number): "halve" | "alone" | "give_up" {
    if (++this.#refusalsInVain > MAX_REFUSALS_IN_VAIN) return "give_up"
    return count === 1 ? "alone" : "halve"
  }
}

/** Enough to find a hundred bad ones in a row at the head of a call of a thousand. */
const MAX_REFUSALS_IN_VAIN = 210

export function halvesOf<Target>(targets: readonly Target[]): readonly [readonly Target[], readonly Target[]] {
  const middle = Math.ceil(targets.length / 2)
  return [targets.slice(0, middle), targets.slice(middle)]
}
