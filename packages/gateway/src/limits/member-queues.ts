/**
 * Which messages wait for room in a member's window, and when each is due again. A place belongs to a message: the
 * message keeps it, however often it asks, until it goes out or is finished. The cost of a question does not depend on
 * how many wait.
 */
export class MemberQueues {
  readonly #waiting = new Map<string, WaitingTimes>()
  readonly #held = new Map<string, Map<string, Held>>()

  /** When the message is due again for this member; undefined when it has not asked before. */
  heldAt(owner: string, key: string): number | undefined {
    return this.#held.get(owner)?.get(key)?.at
  }

  /** How many messages with a lower or equal rank are due later than `after` and before `before`. */
  count(key: string, rank: number, after: number, before: number): number {
    return this.#waiting.get(key)?.count(rank, after, before) ?? 0
  }

  /** Gives the message a place, which replaces the one that it has. */
  give(owner: string, key: string, turn: Held): void {
    this.end(owner, key)
    const ofOwner = this.#held.get(owner)
    if (ofOwner === undefined) this.#held.set(owner, new Map([[key, turn]]))
    else ofOwner.set(key, turn)
    let waiting = this.#waiting.get(key)
    if (waiting === undefined) this.#waiting.set(key, (waiting = new WaitingTimes()))
    waiting.add(turn)
  }

  /** The message was sent to that member. */
  end(owner: string, key: string): void {
    const ofOwner = this.#held.get(owner)
    const turn = ofOwner?.get(key)
    if (ofOwner === undefined || turn === undefined) return
    ofOwner.delete(key)
    if (ofOwner.size === 0) this.#held.delete(owner)
    const waiting = this.#waiting.get(key)
    waiting?.remove(turn)
    if (waiting?.isEmpty === true) this.#waiting.delete(key)
  }

  /** The message is finished. */
  endAll(owner: string): void {
    for (const key of this.#held.get(owner)?.keys() ?? []) this.end(owner, key)
  }

  /** Drops places that were due before this time: their messages no longer exist. */
  forgetBefore(time: number): void {
    for (const [owner, ofOwner] of this.#held) {
      for (const [key, { at }] of ofOwner) if (at < time) this.end(owner, key)
    }
  }
}

/** The place of a message that had to wait. */
interface Held {
  readonly at: number
  /** The rank of its priority. */
  readonly rank: number
}

/** The times of one member, sorted within each rank, so that counting them takes two binary searches. */
class WaitingTimes {
  readonly #byRank: number[][] = []

  get isEmpty(): boolean {
    return this.#byRank.every((times) => times.length === 0)
  }

  count(rank: number, after: number, before: number): number {
    let count = 0
    for (const times of this.#byRank.slice(0, rank + 1)) {
      count += Math.max(0, firstFrom(times, before) - firstFrom(times, after + 1))
    }
    return count
  }

  add({ at, rank }: Held): void {
    while (this.#byRank.length <= rank) this.#byRank.push([])
    const times = this.#byRank[rank] ?? []
    // Almost always the new time is the last one.
    times.splice(firstFrom(times, at + 1), 0, at)
  }

  remove({ at, rank }: Held): void {
    const times = this.#byRank[rank] ?? []
    const place = firstFrom(times, at)
    if (times[place] === at) times.splice(place, 1)
  }
}

/** @returns the place of the first time that is not before `at` */
function firstFrom(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? Infinity) < at) low = middle + 1
    else high = middle
  }
  return low
}
