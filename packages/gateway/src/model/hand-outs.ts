import { TransientMap } from "./compact/transient-map.ts"
import { handOut } from "./hand-out.ts"
import type { HandOut } from "./hand-out.ts"
import type { OperatorLog } from "./ports/log.ts"
import type { ClaimedMessage } from "./ports/outbox.ts"
import type { NextTurn, Readiness, Turn, Worker, WorkPlace } from "./ports/work.ts"
import { codeOf } from "./storage-error.ts"

/** A message that a store has given this process for one turn. */
export interface Taken<Group extends string> extends Pick<WorkPlace, "isOfBacklog" | "isSurelyOurs"> {
  readonly claimed: ClaimedMessage
  /** The messages of a group share its places. */
  readonly group: Group
}

/** A message that a worker has, until the store has it back. */
export interface HandedOut<One> {
  readonly one: One
  readonly turn: Turn
  done: Promise<void>
}

export interface HandOutsDeps<Group extends string, One> {
  /**
   * How many messages of each group may be at work, of all apps together. More are taken when half of them have ended.
   */
  readonly most: Readonly<Record<Group, number>>
  readonly log: Pick<OperatorLog, "error">
  /** No work begins after it is aborted. */
  readonly stopping: AbortSignal
  /** Gives a message back to the store after its turn. @param next undefined: there is no next turn */
  giveBack(one: One, next: NextTurn | undefined): Promise<void>
  /** A place has become free. */
  onFree(one: One): void
  /**
   * The message that tried whether its app is open has been given back: its result concerns the app's other messages.
   */
  onProbed(app: string): void
}

/**
 * The messages that a work queue has handed out, handled alike for every store: which of them have a place at work,
 * which apps are tried by one message, and how each message gets back to its store. The store decides which messages
 * are due and how they are taken.
 */
export class HandOuts<Group extends string, One extends Taken<Group>> {
  readonly #deps: HandOutsDeps<Group, One>
  readonly #all = new TransientMap<number, HandedOut<One>>()
  #last = 0
  readonly #atWork = new Map<Group, number>()
  readonly #atWorkOf = new Map<string, Map<Group, number>>()
  /**
   * Apps of which one message is at work to find out whether they are open again. Their other messages may take long to
   * end.
   */
  readonly #probing = new Set<string>()

  constructor(deps: HandOutsDeps<Group, One>) {
    this.#deps = deps
  }

  /** How many have been handed out, those that have given up their place included. */
  get count(): number {
    return this.#all.size
  }

  all(): Iterable<HandedOut<One>> {
    return this.#all.values()
  }

  /** Which messages of an app may be handed out now. */
  decide(app: string, readiness: Readiness, nowMs: number): HandOut {
    return handOut(readiness, nowMs, this.#probing.has(app))
  }

  /** How many more messages of a group may be at work; below 0 where some have taken a place again. */
  room(group: Group): number {
    return this.#deps.most[group] - (this.#atWork.get(group) ?? 0)
  }

  /** Whether half of the places are free. The messages before were taken together, and so are the next ones. */
  isHalfFree(group: Group): boolean {
    return this.room(group) >= this.#deps.most[group] / 2
  }

  atWorkOf(app: string, group: Group): number {
    return this.#atWorkOf.get(app)?.get(group) ?? 0
  }

  /** How many apps have messages at work, counting this app in any case. */
  appsAtWorkWith(app: string): number {
    return this.#atWorkOf.size + (this.#atWorkOf.has(app) ? 0 : 1)
  }

  /**
   * Hands a message to the worker. After the stop, or where another process may have the message by now, it is given
   * back unchanged.
   * @param isProbe the message finds out whether its app is open again
   */
  begin(worker: Worker, one: One, isProbe = false): void {
    const { app } = one.claimed.message
    const place = this.#takePlace(one)
    if (isProbe) this.#probing.add(app)
    const mayBegin = !this.#deps.stopping.aborted && one.isSurelyOurs()
    const turn = mayBegin ? worker.begin(one.claimed, place) : NOT_BEGUN
    const number = ++this.#last
    const handedOut: HandedOut<One> = { one, turn, done: Promise.resolve() }
    this.#all.set(number, handedOut)
    handedOut.done = this.#takeBack(handedOut).finally(() => {
      this.#all.delete(number)
      place.release()
      if (!isProbe) return
      this.#probing.delete(app)
      this.#deps.onProbed(app)
    })
  }

  /** Resolves when everything that was handed out has been given back. */
  async idle(): Promise<void> {
    while (this.#all.size > 0) await Promise.all([...this.#all.values()].map(({ done }) => done))
  }

  async #takeBack({ one, turn }: HandedOut<One>): Promise<void> {
    const next = await turn.ended
    try {
      await this.#deps.giveBack(one, next)
      next?.onGivenBack?.()
    } catch (error) {
      const { messageId: message } = one.claimed
      this.#deps.log.error({ message, code: codeOf(error) }, "could not return a message to the queue")
    }
  }

  #takePlace(one: One): WorkPlace {
    let isTaken = false
    const place = {
      isOfBacklog: one.isOfBacklog,
      take: () => {
        if (isTaken) return
        isTaken = true
        this.#add(one, 1)
      },
      release: () => {
        if (!isTaken) return
        isTaken = false
        this.#add(one, -1)
        this.#deps.onFree(one)
      },
      isSurelyOurs: () => one.isSurelyOurs(),
    }
    place.take()
    return place
  }

  #add({ group, claimed: { message } }: One, by: number): void {
    add(this.#atWork, group, by)
    const ofApp = this.#atWorkOf.get(message.app) ?? new Map<Group, number>()
    add(ofApp, group, by)
    if (ofApp.size === 0) this.#atWorkOf.delete(message.app)
    else this.#atWorkOf.set(message.app, ofApp)
  }
}

/** A count of 0 is removed. */
function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

const NOT_BEGUN: Turn = { ended: Promise.resolve(undefined), interrupt() {}, lose() {} }
