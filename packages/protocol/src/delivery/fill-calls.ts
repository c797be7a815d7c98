import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "../limits.ts"
import type { TargetKind } from "./call-target.ts"

/** What a call may name at most. Everybody is a call of its own. */
export const MOST_PER_CALL = {
  user: MAX_USERS_PER_CALL,
  department: MAX_DEPARTMENTS_PER_CALL,
  tag: MAX_TAGS_PER_CALL,
  all: 1,
} as const satisfies Record<TargetKind, number>

/**
 * Packs targets into the fewest calls WeCom allows, in the order in which they come, so that a call can leave as soon
 * as it is full: departments and tags travel in the first calls that have room for them.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export class CallFiller<Target extends { readonly kind: TargetKind }, Call extends { readonly targets: Target[] }> {
  readonly #open: () => Call
  /** Not taken yet. */
  readonly #calls: Call[] = []
  readonly #counts: Counts[] = []
  /** Of each kind: which call has room, or comes before the one that has. */
  readonly #from: Counts = { user: 0, department: 0, tag: 0, all: 0 }

  constructor(open: () => Call) {
    this.#open = open
  }

  /** The call that has room for another of this kind. */
  room(kind: TargetKind): Call {
    return this.#calls[this.#indexWithRoom(kind)] ?? this.#newCall()
  }

  /** @param call as `room` gave it */
  put(call: Call, target: Target): void {
    call.targets.push(target)
    const counts = this.#counts[this.#calls.indexOf(call, this.#from[target.kind])]
    if (counts !== undefined) counts[target.kind]++
  }

  /** A call that has no room for another member. */
  takeFull(): Call | undefined {
    return this.#counts[0]?.user === MOST_PER_CALL.user ? this.#shift() : undefined
  }

  /** The next call as it is. */
  take(): Call | undefined {
    const call = this.#shift()
    return call === undefined || call.targets.length > 0 ? call : this.take()
  }

  #indexWithRoom(kind: TargetKind): number {
    let index = this.#from[kind]
    while ((this.#counts[index]?.[kind] ?? 0) >= MOST_PER_CALL[kind]) index++
    this.#from[kind] = index
    return index
  }

  #newCall(): Call {
    const call = this.#open()
    this.#calls.push(call)
    this.#counts.push({ user: 0, department: 0, tag: 0, all: 0 })
    return call
  }

  #shift(): Call | undefined {
    const from = this.#from
    for (const kind of KINDS) from[kind] = Math.max(0, from[kind] - 1)
    this.#counts.shift()
    return this.#calls.shift()
  }
}

type Counts = Record<TargetKind, number>
const KINDS = ["user", "department", "tag", "all"] as const
