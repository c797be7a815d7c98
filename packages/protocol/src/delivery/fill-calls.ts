import { TARGET_KINDS } from "./call-target.ts"
import type { TargetKind } from "./call-target.ts"

/** How many targets of each kind a call may name: 0 when a kind of call cannot name them. */
export type MostPerCall = Readonly<Record<TargetKind, number>> & {
  /** The most targets of all kinds together. */
  readonly inAll: number
}

/**
 * Packs targets into the fewest calls that a kind allows, in the order in which they come, so that a call can be sent
 * as soon as it is full: departments and tags are put into the first calls that have room for them.
 */
export class CallFiller<Target extends { readonly kind: TargetKind }, Call extends { readonly targets: Target[] }> {
  readonly #open: () => Call
  /** The calls that are not taken yet. */
  readonly #calls: Call[] = []
  readonly #counts: Counts[] = []
  /** For each kind: the index from which to look for a call with room; no earlier call has room. */
  readonly #from: Record<TargetKind, number> = { ...NONE }
  readonly #most: MostPerCall

  /** @param open starts another call, without targets */
  constructor(most: MostPerCall, open: () => Call) {
    this.#most = most
    this.#open = open
  }

  /** Returns a call that has room for another target of this kind. */
  room(kind: TargetKind): Call {
    return this.#calls[this.#indexWithRoom(kind)] ?? this.#newCall()
  }

  /** @param call the one that `room` returned */
  put(call: Call, target: Target): void {
    call.targets.push(target)
    const counts = this.#counts[this.#calls.indexOf(call, this.#from[target.kind])]
    if (counts === undefined) return
    counts[target.kind]++
    counts.inAll++
  }

  /** Takes the next call if it has no room for another member, or for any target. */
  takeFull(): Call | undefined {
    const [counts] = this.#counts
    if (counts === undefined || counts.inAll === 0) return undefined
    const isFull = counts.user === this.#most.user || counts.inAll === this.#most.inAll
    return isFull ? this.#shift() : undefined
  }

  /** Takes the next call, full or not. */
  take(): Call | undefined {
    const call = this.#shift()
    return call === undefined || call.targets.length > 0 ? call : this.take()
  }

  #indexWithRoom(kind: TargetKind): number {
    if (this.#most[kind] === 0) throw new RangeError(`a call of this kind names no ${kind}`)
    let index = this.#from[kind]
    while (!this.#hasRoom(this.#counts[index], kind)) index++
    this.#from[kind] = index
    return index
  }

  #hasRoom(counts: Counts | undefined, kind: TargetKind): boolean {
    return counts === undefined || (counts[kind] < this.#most[kind] && counts.inAll < this.#most.inAll)
  }

  #newCall(): Call {
    const call = this.#open()
    this.#calls.push(call)
    this.#counts.push({ ...NONE, inAll: 0 })
    return call
  }

  #shift(): Call | undefined {
    const from = this.#from
    for (const kind of TARGET_KINDS) from[kind] = Math.max(0, from[kind] - 1)
    this.#counts.shift()
    return this.#calls.shift()
  }
}

type Counts = Record<TargetKind | "inAll", number>
const NONE = { user: 0, department: 0, tag: 0, all: 0, chat: 0, robot: 0 } as const satisfies Record<TargetKind, number>
