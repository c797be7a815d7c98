import type { Priority } from "../../model/message.ts"

export interface LookupWaitersDeps {
  /** Makes these messages due again. */
  readonly wake: (messageIds: readonly string[]) => void
  /** How many messages of all apps may wait at a time. */
  readonly most?: number
}

/**
 * Messages that wait for WeCom to say who has their numbers. They hold no place at work, so that messages without look-ups
 * go out meanwhile. Since each waiting message costs memory, their number is limited: others are given back to the store,
 * and come again when some of these are done.
 */
export class LookupWaiters {
  readonly #wake: LookupWaitersDeps["wake"]
  readonly #most: number
  #waiting = 0
  readonly #ofApp = new Map<string, number>()
  /** Messages that were given back, by their app. */
  readonly #turnedAway = new Map<string, Set<string>>()
  /** Those of them that were made due, and have not come yet. */
  readonly #called = new Set<string>()

  constructor({ wake, most = MOST_WAITING }: LookupWaitersDeps) {
    this.#wake = wake
    this.#most = most
  }

  /** @returns undefined if the message must come again; otherwise an object to dispose of when it has waited */
  enter(app: string, messageId: string, priority: Priority = "normal"): Disposable | undefined {
    this.#called.delete(messageId)
    if (!this.#hasRoom(app, priority)) return undefined
    this.#waiting++
    this.#ofApp.set(app, this.#countOf(app) + 1)
    return { [Symbol.dispose]: () => this.#leave(app) }
  }

  /** The message is back in the store, and is made due when there is room. */
  turnedAway(app: string, messageId: string): void {
    const ids = this.#turnedAway.get(app)
    if (ids === undefined) this.#turnedAway.set(app, new Set([messageId]))
    // Messages beyond this number come again by themselves, after a while.
    else if (ids.size < MOST_REMEMBERED) ids.add(messageId)
    this.#callNext(app)
  }

  #leave(app: string): void {
    this.#waiting--
    const left = this.#countOf(app) - 1
    if (left === 0) this.#ofApp.delete(app)
    else this.#ofApp.set(app, left)
    this.#callNext(app)
  }

  /** Makes them due in batches, since each batch is a change of the store. */
  #callNext(app: string): void {
    // A message that was made due but then cancelled never comes.
    if (this.#waiting === 0) this.#called.clear()
    if (this.#waiting + this.#called.size <= this.#most / 2)
      this.#call(this.#turnedAway.keys().next().value, this.#most / 2)
    else if (this.#countOf(app) <= LEAST_OF_APP / 2 && this.#called.size === 0) this.#call(app, LEAST_OF_APP / 2)
  }

  #call(app: string | undefined, count: number): void {
    const ids = app === undefined ? undefined : this.#turnedAway.get(app)
    if (app === undefined || ids === undefined) return
    const next = [...ids.values().take(count)]
    for (const id of next) {
      ids.delete(id)
      this.#called.add(id)
    }
    this.#turnedAway.delete(app)
    // Its turn comes after the other apps.
    if (ids.size > 0) this.#turnedAway.set(app, ids)
    this.#wake(next)
  }

  #hasRoom(app: string, priority: Priority): boolean {
    const most = priority === "high" ? this.#most + MOST_URGENT : this.#most
    return this.#waiting < most || this.#countOf(app) < LEAST_OF_APP
  }

  #countOf(app: string): number {
    return this.#ofApp.get(app) ?? 0
  }
}

/** Each message takes some 20 KB. */
const MOST_WAITING = 1024
/** This many more of high priority, so that less urgent messages keep none of them from being asked for first. */
const MOST_URGENT = 256
/** The least number of one app, even if many others wait. */
const LEAST_OF_APP = 8
/** For each app. */
const MOST_REMEMBERED = 100_000
