import type { History, Trouble } from "../history.ts"
import { mustAnswer } from "../lib/http.ts"
import { Semaphore } from "../../packages/gateway/src/model/semaphore.ts"
import type { DayNode, Step } from "./day-node.ts"
import type { DayLoad } from "./load.ts"

/** What the troubles of a bad day act on, and the history in which they are noted. */
export class Day {
  readonly history: History
  readonly simulatorUrl: string
  readonly load: DayLoad
  readonly nodes: readonly DayNode[]
  readonly clocks = { areRight: true, wereWrong: false }
  /** Draws the next step, each as often as any other. */
  readonly nextStep: () => Step
  /** How long a snapshot of the database is held; null: some seconds, drawn at random. */
  readonly snapshotMs: number | null
  readonly #database = new Semaphore()
  readonly #clocks = new Semaphore()
  #tokensRevokedAt = -Infinity
  /** Work of the troubles that outlasts them. */
  readonly #leftBehind: Promise<void>[] = []

  constructor(parts: Pick<Day, "history" | "simulatorUrl" | "load" | "nodes" | "nextStep" | "snapshotMs">) {
    this.history = parts.history
    this.simulatorUrl = parts.simulatorUrl
    this.load = parts.load
    this.nodes = parts.nodes
    this.nextStep = parts.nextStep
    this.snapshotMs = parts.snapshotMs
  }

  /** Notes in the history how long a trouble lasted, and its details. */
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
   * When WeCom refuses a token twice within a minute, the gateway fetches a new one only after that minute, because asking too
   * often gets an address banned. The app is silent until then, and rightly so; this avoids that case.
   */
  get mayRevokeTokens(): boolean {
    return performance.now() - this.#tokensRevokedAt > REVOKED_APART_MS
  }

  async revokeTokens(): Promise<void> {
    await mustAnswer({ url: `${this.simulatorUrl}/_sim/tokens/revoke`, method: "POST" })
    this.#tokensRevokedAt = performance.now()
  }

  /** To be held by whatever must not happen to the database while a gateway starts, and by the start. */
  takeDatabase(): Promise<Disposable> {
    return entered(this.#database)
  }

  /** To be held by whatever must not happen to clocks while a gateway starts, and by the start. */
  takeClocks(): Promise<Disposable> {
    return entered(this.#clocks)
  }

  /** Leaves work to continue; the end of the day waits for it. */
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

/** The minute, and the time that a paused gateway needs to fetch new tokens. */
const REVOKED_APART_MS = 75_000
