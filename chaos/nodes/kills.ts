import { setTimeout as sleep } from "node:timers/promises"
import type { DatabaseFaults } from "./database-faults.ts"
import type { Downs } from "./downs.ts"
import { startNode } from "./rolling-restart.ts"
import type { Lives } from "../gateway/lives.ts"
import type { Random } from "../lib/random.ts"
import { endings, longLives } from "../nemesis/ending.ts"
import type { Ending } from "../nemesis/ending.ts"
import { end, live, surroundingsOf } from "../nemesis/live.ts"
import type { World } from "../nemesis/live.ts"

/** How many there are to be, of all nodes together. */
export class Kills {
  #allowed = 0
  #begun = 0
  #done = 0
  #freezesLeft = 0

  get done(): number {
    return this.#done
  }

  /** So many more, so many of them of nodes that stood still for longer than anything they began may last. */
  allow(count: number, freezes: number): void {
    this.#allowed += count
    this.#freezesLeft += freezes
  }

  /** @returns the number of the life that is to end so; undefined: there are enough */
  next(): number | undefined {
    return this.#begun < this.#allowed ? ++this.#begun : undefined
  }

  /** Whether the life that runs is to stand still before its end. */
  takeFreeze(): boolean {
    return this.#freezesLeft > 0 && this.#freezesLeft-- > 0
  }

  end(): void {
    this.#done++
  }
}

export interface KillNodeOptions {
  /** From 1. */
  readonly node: number
  readonly lives: Lives
  readonly kills: Kills
  readonly downs: Downs
  readonly random: Random
  readonly faults: DatabaseFaults
  readonly world: World
  readonly longestPauseMs: number
}

/** One life of a node after another, for as long as there are kills. It runs before and afterwards. */
export async function killNode(options: KillNodeOptions): Promise<void> {
  const { node, lives, kills, downs, random, faults, world, longestPauseMs } = options
  const { history } = world
  const place = downs.placeOf()
  const surroundings = surroundingsOf(world, node, place)
  const nextEnding = endings(random, longLives(longestPauseMs))
  // The nodes do not all die at once at the beginning.
  await sleep(random.integer(0, 1000))
  for (let life = kills.next(); life !== undefined; life = kills.next()) {
    const running = lives.current?.url === undefined ? undefined : lives.current
    const ending: Ending = running === undefined ? nextEnding() : endingOfRunning(kills, random)
    const next = running === undefined ? await lives.begin() : undefined
    const death = await faults.mayEnd(async () =>
      next === undefined ? running && end(running, life, ending, surroundings) : live(next, life, ending, surroundings),
    )
    await place.take()
    kills.end()
    history.add({
      kind: "died",
      node,
      life,
      cause: death === undefined ? "lost_database_while_starting" : causeOf(ending),
      ...(death ?? { phases: ["start"], underWay: [] }),
    })
  }
  if (lives.current?.url === undefined) await startNode({ node, lives, faults, history })
  place.leave()
}

function endingOfRunning(kills: Kills, random: Random): Ending {
  if (!kills.takeFreeze()) return { kind: "at_random", afterMs: random.integer(5, 2000) }
  return { kind: "after_pause", pauseMs: random.integer(...FREEZE_MS), afterMs: random.integer(1000, 3000) }
}

function causeOf(ending: Ending): string {
  return ending.kind === "at_point" ? ending.crashPoint.point : ending.kind
}

/** Longer than a job without a heartbeat is kept for its node, and than a request may last from when it was begun. */
const FREEZE_MS = [17_000, 20_000] as const
