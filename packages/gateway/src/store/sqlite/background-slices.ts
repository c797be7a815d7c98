import { setTimeout as sleep } from "node:timers/promises"
import type { GroupCommit } from "./group-commit.ts"

/**
 * Background work, slice by slice, each in a transaction of its own. It begins with few rows and takes more for as long
 * as a slice is short: rows that were not used for months are not in memory, and the disk that fetches them blocks the
 * event loop. After each slice all other work has the disk for twice as long as the slice took.
 */
export class BackgroundSlices {
  readonly #commit: Pick<GroupCommit, "submit">
  readonly #signal: AbortSignal | undefined
  #rows = FEWEST_ROWS
  #nextAtMs = -Infinity

  constructor(commit: Pick<GroupCommit, "submit">, signal?: AbortSignal) {
    this.#commit = commit
    this.#signal = signal
  }

  /** @param work changes about so many rows. @throws the signal's reason instead of beginning */
  async next<T>(work: (rows: number) => T): Promise<T> {
    const restMs = this.#nextAtMs - performance.now()
    // The next line throws the reason of an early end.
    if (restMs > 0) await sleep(restMs, undefined, { signal: this.#signal }).catch(() => undefined)
    this.#signal?.throwIfAborted()
    const startedAtMs = performance.now()
    let heldMs = 0
    const result = await this.#commit.submit({
      kind: "inside",
      work: () => {
        const beganAtMs = performance.now()
        const value = work(this.#rows)
        heldMs = performance.now() - beganAtMs
        return value
      },
    })
    if (heldMs > TOO_LONG_MS) this.#rows = Math.max(FEWEST_ROWS, Math.floor(this.#rows / 2))
    else if (heldMs < SHORT_MS) this.#rows = Math.min(MOST_ROWS, this.#rows * 2)
    const endedAtMs = performance.now()
    this.#nextAtMs = endedAtMs + Math.min(LONGEST_REST_MS, RESTS * (endedAtMs - startedAtMs))
    return result
  }
}

const FEWEST_ROWS = 4
/** The most rows of a slice, for a table that is deleted from its beginning. */
const MOST_ROWS = 500
const SHORT_MS = 2
const TOO_LONG_MS = 6
/** So background work takes a third of the time. */
const RESTS = 2
const LONGEST_REST_MS = 250
