import { setTimeout as sleep } from "node:timers/promises"
import type { ClaimQuery, ClaimStore, ExpiredQuery, Release } from "../../../model/ports/claims.ts"
import type { Claim, ClaimedMessage } from "../../../model/ports/outbox.ts"
import type { NextTurn, Turn, Worker } from "../../../model/ports/work.ts"
import type { OpenedPostgres } from "../open.ts"
import type { SetClock } from "./set-clock.ts"
import { ANY_TIME } from "./any-time.ts"

interface Taken {
  readonly claimed: ClaimedMessage
  isLost: boolean
  readonly giveBack: (next: NextTurn | undefined) => Promise<void>
}

/**
 * The job queue's messages, for rules of the contract that ask for them, and none before they do. The time of their
 * question is set as the database's, if its clock can be set.
 */
export class TakeTurns
  implements Worker, Pick<ClaimStore, "claim" | "claimExpired" | "renew" | "release">, AsyncDisposable
{
  readonly #queue: ReturnType<OpenedPostgres["workQueue"]>
  readonly #clock: SetClock | undefined
  readonly #stopping = new AbortController()
  /** By the number of the claim. */
  readonly #taken = new Map<number, Taken>()
  /** Handed out, and not asked for yet. */
  #waiting: Taken[] = []
  #asked = Promise.withResolvers<void>()
  #handsOutAlways = false
  #now: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(opened: OpenedPostgres, clock?: SetClock) {
    this.#clock = clock
    const log = { info: nothing, warn: nothing, error: nothing }
    this.#queue = opened.workQueue({ clock: ANY_TIME, log, stopping: this.#stopping.signal })
    this.#queue.start(this)
  }

  ready(): Promise<void> {
    return this.#asked.promise
  }

  endExpired(): Promise<boolean> {
    return Promise.resolve(false)
  }

  readiness(): ReturnType<Worker["readiness"]> {
    return Promise.resolve({ kind: "open" })
  }

  begin(claimed: ClaimedMessage): Turn {
    const { promise, resolve } = Promise.withResolvers<NextTurn | undefined>()
    const given = Promise.withResolvers<void>()
    const giveBack = (next: NextTurn | undefined): Promise<void> => {
      resolve(next && { ...next, onGivenBack: given.resolve })
      return next === undefined ? Promise.resolve() : given.promise
    }
    const taken: Taken = { claimed, isLost: false, giveBack }
    this.#waiting.push(taken)
    return { ended: promise, interrupt: nothing, lose: () => (taken.isLost = true) }
  }

  claim({ app, priority, limit, now }: ClaimQuery): Promise<readonly ClaimedMessage[]> {
    return this.#take(now, limit, ({ message }) => message.app === app && message.priority === priority)
  }

  claimExpired({ now, limit }: ExpiredQuery): Promise<readonly ClaimedMessage[]> {
    return this.#take(now, limit, ({ message }) => message.expiresAt <= now)
  }

  /** Reports all that are in work. */
  async renew(claims: readonly Claim[]): Promise<readonly boolean[]> {
    await this.#queue.touch()
    return claims.map(({ claim }) => this.#taken.get(claim)?.isLost === false)
  }

  /** Waits until another node has it, as far as this one has learned. */
  async isLost({ claim }: Claim): Promise<boolean> {
    const isLost = (): boolean => this.#taken.get(claim)?.isLost === true
    for (const until = Date.now() + LONGEST_WAIT_MS; !isLost() && Date.now() < until; await sleep(5));
    return isLost()
  }

  async release(releases: readonly Release[]): Promise<void> {
    const given = releases.flatMap(({ messageId, claim, nextAt, holdsLaneUntil }) => {
      const taken = this.#taken.get(claim)
      if (taken?.claimed.messageId !== messageId) return []
      this.#taken.delete(claim)
      return taken.giveBack({
        atMs: nextAt,
        ...(holdsLaneUntil !== undefined && { holdsLaneUntilMs: holdsLaneUntil }),
      })
    })
    await Promise.all(given)
  }

  /** Turns that were not asked for yet: they would be handed out as they were, whatever happens meanwhile. */
  async giveBackRest(): Promise<void> {
    const atMs = this.#now ?? Date.now()
    await Promise.all(this.#waiting.splice(0).map(({ giveBack }) => giveBack({ atMs })))
  }

  /** From now on everything is handed out without a question. */
  handOutAlways(): void {
    this.#handsOutAlways = true
    this.#asked.resolve()
  }

  /** Waits until `count` have been handed out without a question. @returns which */
  async handed(count: number): Promise<readonly string[]> {
    for (
      const until = Date.now() + LONGEST_WAIT_MS;
      this.#waiting.length < count && Date.now() < until;
      await sleep(5)
    );
    return this.#waiting.map(({ claimed }) => claimed.messageId)
  }

  /** Nothing is handed out or given back any more: its process has been killed. */
  async abandon(): Promise<void> {
    this.#stopping.abort()
    this.#asked.resolve()
    await this.#queue.polled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon()
    for (const { giveBack } of [...this.#taken.values(), ...this.#waiting]) await giveBack(undefined)
    await this.#queue.idle()
  }

  /** One after another: the next question must not give back what this one asks for. */
  async #take(
    now: number,
    limit: number,
    isWanted: (claimed: ClaimedMessage) => boolean,
  ): Promise<readonly ClaimedMessage[]> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      await this.#setClock(now)
      await this.#handOut()
      const wanted = this.#waiting.filter(({ claimed }) => isWanted(claimed)).slice(0, limit)
      this.#waiting = this.#waiting.filter((one) => !wanted.includes(one))
      for (const taken of wanted) this.#taken.set(taken.claimed.claim, taken)
      return wanted.map(({ claimed }) => claimed)
    } finally {
      resolve()
    }
  }

  async #setClock(now: number): Promise<void> {
    if (this.#clock === undefined || now === this.#now) return
    await this.giveBackRest()
    await this.#clock.set(now)
    this.#now = now
  }

  async #handOut(): Promise<void> {
    // One that is under way may have looked before a node died.
    await this.#queue.takeOver()
    await this.#queue.takeOver()
    await this.#queue.findExpired()
    this.#asked.resolve()
    this.#queue.wake()
    await this.#queue.polled()
    if (!this.#handsOutAlways) this.#asked = Promise.withResolvers()
  }
}

function nothing(): void {}

const LONGEST_WAIT_MS = 20_000
