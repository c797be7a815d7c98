import type { DatabaseFaults } from "./database-faults.ts"
import type { Lives } from "../gateway/lives.ts"
import type { Random } from "../lib/random.ts"
import { endings, longLives } from "../nemesis/ending.ts"
import type { Ending } from "../nemesis/ending.ts"
import { end, live } from "../nemesis/live.ts"
import type { Surroundings } from "../nemesis/live.ts"

/** How many there are to be, of all nodes together. */
export class Kills {
  #allowed = 0
  #begun = 0
  #done = 0

  get done(): number {
    return this.#done
  }

  /** So many more. */
  allow(count: number): void {
    this.#allowed += count
  }

  /** @returns the number of the life that is to end so; undefined: there are enough */
  next(): number | undefined {
    return this.#begun < this.#allowed ? ++this.#begun : undefined
  }

  end(): void {
    this.#done++
  }
}

export interface KillNodeOptions {
  readonly lives: Lives
  readonly kills: Kills
  readonly random: Random
  readonly faults: DatabaseFaults
  readonly surroundings: Surroundings
  readonly longestPauseMs: number
}

/** One life of a node after another, for as long as there are kills. */
export async function killNode({
  lives,
  kills,
  random,
  faults,
  surroundings,
  longestPauseMs,
}: KillNodeOptions): Promise<void> {
  const { history } = surroundings
  const nextEnding = endings(random, longLives(random.chance(LONG_PAUSES) ? LONGEST_PAUSE_MS : longestPauseMs))
  for (let life = kills.next(); life !== undefined; life = kills.next()) {
    // After a rolling restart.
    const isRunning = lives.current?.url !== undefined
    const ending: Ending = isRunning ? { kind: "at_random", afterMs: random.integer(5, 2000) } : nextEnding()
    const next = isRunning ? undefined : await lives.begin()
    const phases = await faults.mayEnd(async () => {
      if (next !== undefined) return live(next, life, ending, surroundings)
      return lives.current === undefined ? [] : end(lives.current, life, ending, surroundings)
    })
    kills.end()
    history.add({
      kind: "died",
      life,
      cause: phases === undefined ? "lost_database_while_starting" : causeOf(ending),
      phases: phases ?? ["start"],
    })
  }
}

function causeOf(ending: Ending): string {
  return ending.kind === "at_point" ? ending.crashPoint.point : ending.kind
}

/** Of the parts of a run, each for a node. */
const LONG_PAUSES = 0.3
/** Longer than the heartbeat of a job. */
const LONGEST_PAUSE_MS = 15_000
