import type { ClaimQuery, ClaimStore, Release } from "../../../ports/claims.ts"
import type { ClaimedMessage } from "../../../ports/outbox.ts"
import type { NextTurn, Turn, Worker } from "../../../ports/work.ts"
import type { OpenedPostgres } from "../open.ts"

interface Taken {
  readonly claimed: ClaimedMessage
  readonly giveBack: (next: NextTurn | undefined) => Promise<void>
}

/** What the job queue hands out, for rules of the contract that ask for it. Its time is the database's, and not theirs. */
export class TakeTurns implements Worker, Pick<ClaimStore, "claim" | "release">, AsyncDisposable {
  readonly #queue: ReturnType<OpenedPostgres["workQueue"]>
  readonly #stopping = new AbortController()
  readonly #taken = new Map<string, Taken>()
  #waiting: Taken[] = []

  constructor(opened: OpenedPostgres) {
    const log = { info: nothing, warn: nothing, error: nothing }
    this.#queue = opened.workQueue({ log, stopping: this.#stopping.signal })
    this.#queue.start(this)
  }

  ready(): Promise<void> {
    return Promise.resolve()
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
    this.#waiting.push({ claimed, giveBack })
    return { ended: promise, lose: nothing }
  }

  async claim({ app, priority, limit }: ClaimQuery): Promise<readonly ClaimedMessage[]> {
    await this.#queue.takeOver()
    this.#queue.wake()
    await this.#queue.polled()
    const wanted = this.#waiting
      .filter(({ claimed: { message } }) => message.app === app && message.priority === priority)
      .slice(0, limit)
    this.#waiting = this.#waiting.filter((one) => !wanted.includes(one))
    for (const taken of wanted) this.#taken.set(taken.claimed.messageId, taken)
    return wanted.map(({ claimed }) => claimed)
  }

  async release(releases: readonly Release[]): Promise<void> {
    for (const { messageId, claim, nextAt, holdsLaneUntil } of releases) {
      const taken = this.#taken.get(messageId)
      if (taken?.claimed.claim !== claim) continue
      this.#taken.delete(messageId)
      await taken.giveBack({ atMs: nextAt, ...(holdsLaneUntil !== undefined && { holdsLaneUntilMs: holdsLaneUntil }) })
    }
  }

  /** Nothing is handed out any more, nor given back: its process has been killed. */
  async abandon(): Promise<void> {
    this.#stopping.abort()
    await this.#queue.polled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon()
    for (const { giveBack } of [...this.#taken.values(), ...this.#waiting]) await giveBack(undefined)
    await this.#queue.idle()
  }
}

function nothing(): void {}
