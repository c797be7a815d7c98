import { MemberHold } from "./member-hold.ts"
import type { LeftMembers, Move } from "./member-hold.ts"

/**
 * Members who have been reached by calls of this node, and count as reached up to twenty seconds later. That matters
 * only once a message waits for their room.
 */
export class LeftMemberTimes {
  readonly #now: () => number
  /** In the order in which they ended. */
  #left: LeftMembers[] = []
  /** Since when a message has waited for room in these windows, if recently. */
  readonly #waitedFor = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns the corrected times of members whose room a message waits for already */
  add(left: LeftMembers): readonly Move[] {
    // A call to many hardly fills a member's window.
    if (left.members.length > MOST_MEMBERS) return []
    const waitedFor = left.members.filter((member) => this.#waitedFor.has(`${left.agent} ${member}`))
    this.#left.push(left)
    if (this.#left.length % FORGET_EVERY === 0) this.#forget()
    return waitedFor.length === 0 ? [] : this.#take(left.agent, waitedFor)
  }

  /** A message waits for their room. @returns their corrected times; each once */
  take(agent: number, members: readonly string[]): readonly Move[] {
    // Members whose room a message waits for already have nothing left to correct.
    const others = members.filter((member) => !this.#waitedFor.has(`${agent} ${member}`))
    for (const member of members) this.#waitedFor.set(`${agent} ${member}`, this.#now())
    return others.length === 0 ? [] : this.#take(agent, others)
  }

  #take(agent: number, members: readonly string[]): readonly Move[] {
    this.#forget()
    const wanted = new Set(members)
    const now = this.#now()
    const moves: Move[] = []
    this.#left = this.#left.flatMap((left) => {
      const taken = left.agent === agent ? left.members.filter((member) => wanted.has(member)) : []
      if (taken.length === 0) return [left]
      moves.push({ agent, members: taken, from: left.from, agoMs: now - left.endedAt })
      const others = left.members.filter((member) => !wanted.has(member))
      return others.length === 0 ? [] : [{ ...left, members: others }]
    })
    return moves
  }

  /** Those count no longer than they should by now. */
  #forget(): void {
    const from = this.#now() - KEPT_MS
    const first = this.#left.findIndex(({ endedAt }) => endedAt > from)
    this.#left = first === -1 ? [] : this.#left.slice(first)
    if (this.#waitedFor.size < FORGET_EVERY) return
    for (const [key, at] of this.#waitedFor) if (at <= from) this.#waitedFor.delete(key)
  }
}

const MOST_MEMBERS = 200
const FORGET_EVERY = 1000
/** A window, and as much longer as they count. */
const KEPT_MS = 60_000 + MemberHold.LASTS_MS
