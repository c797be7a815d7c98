import type { History, Trouble } from "../history.ts"
import { mustAnswer } from "../lib/http.ts"
import { Semaphore } from "../../packages/gateway/src/model/semaphore.ts"
import type { DayNode, Step } from "./day-node.ts"
import type { DayLoad } from "./load.ts"

/** What troubles meet, and what they are noted in. */
export class Day {
  readonly history: History
  readonly simulatorUrl: string
  readonly load: DayLoad
  readonly nodes: readonly DayNode[]
  readonly clocks = { areRight: true, wereWrong: false }
  /** Drawn so that each comes as often as any other. */
  readonly nextStep: () => Step
  /** For how long a snapshot of the database is held; null: for a drawn time of some seconds. */
  readonly snapshotMs: number | null
  readonly #database = new Semaphore()
  readonly #clocks = new Semaphore()
  #tokensRevokedAt = -Infinity
  /** What the troubles have begun that outlasts them. */
  readonly #leftBehind: Promise<void>[] = []

  constructor(parts: Pick<Day, "history" | "simulatorUrl" | "load" | "nodes" | "nextStep" | "snapshotMs">) {
    this.history = parts.history
    this.simulatorUrl = parts.simulatorUrl
    this.load = parts.load
    this.nodes = parts.nodes
    this.nextStep = parts.nextStep
    this.snapshotMs = parts.snapshotMs
  }

  /** Notes a trouble from its beginning to its end, with what it is in particular. */
  async during<T>(trouble: Trouble, node: number | null, about: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      const forMs = Math.round(performance.now() - startedAt)
      this.history.add({ kind: "trouble", trouble, node, about, forMs })
    }
  }

  /**
   * A token that is refused within a minute after it was fetched for one that was refused is not fetched anew before that minute
   * is over: asking too often gets an address banned. So an app would rightly be silent.
   */
  get mayRevokeTokens(): boolean {
    return performance.now() - this.#tokensRevokedAt > REVOKED_APART_MS
  }

  async revokeTokens(): Promise<void> {
    await mustAnswer({ url: `${this.simulatorUrl}/_sim/tokens/revoke`, method: "POST" })
    this.#tokensRevokedAt = performance.now()
  }

  /** For what must not happen to the database while a gateway starts. */
  takeDatabase(): Promise<Disposable> {
    return entered(this.#database)
  }

  /** For what must not happen to clocks while a gateway starts. */
  takeClocks(): Promise<Disposable> {
    return entered(this.#clocks)
  }

  /** Waited for at the end of the day. */
  leave(work: Promise<void>): void {
    work.catch(() => undefined)
    this.#leftBehind.push(work)
  }

  async settle(): Promise<void> {
    await Promise.all(this.#leftBehind)
  }
}

async function entered(semaphore: Semaphore): Promise<Disposable> {
  await semaphore.enter()
  return { [Symbol.dispose]: () => semaphore.leave() }
}

/** The minute, and as long as a gateway that stands still takes to fetch new ones. */
const REVOKED_APART_MS = 75_000
