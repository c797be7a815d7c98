import { setTimeout as sleep } from "node:timers/promises"
import type { DatabaseFaults } from "./database-faults.ts"
import type { Downs } from "./downs.ts"
import { startNode } from "./rolling-restart.ts"
import { within } from "../lib/within.ts"
import type { Lives } from "../gateway/lives.ts"
import type { Random } from "../lib/random.ts"
import { endings, longLives } from "../nemesis/ending.ts"
import type { Ending } from "../nemesis/ending.ts"
import { SEND_PATH } from "../check/evidence.ts"
import { end, live, surroundingsOf, until } from "../nemesis/live.ts"
import type { Surroundings, World } from "../nemesis/live.ts"

/** Counts the kills of all nodes together. */
export class Kills {
  #allowed = 0
  #begun = 0
  #done = 0
  #freezesLeft = 0
  #frozen = 0

  get done(): number {
    return this.#done
  }

  /** Allows more kills, `freezes` of them of nodes that are paused first, for longer than any work they have begun may last. */
  allow(count: number, freezes: number): void {
    this.#allowed += count
    this.#freezesLeft += freezes
  }

  /** @returns the number of the next life to end by a kill; undefined: there are enough kills */
  next(): number | undefined {
    return this.#begun < this.#allowed ? ++this.#begun : undefined
  }

  /** Whether a node is paused and another node is to take over its work. */
  get isFrozen(): boolean {
    return this.#frozen > 0
  }

  /** Whether the running gateway is to be paused before its kill. @returns a function to call when it resumes */
  takeFreeze(): (() => void) | undefined {
    if (this.#freezesLeft === 0) return undefined
    this.#freezesLeft--
    this.#frozen++
    return () => void this.#frozen--
  }

  end(): void {
    this.#done++
  }
}

export interface KillNodeOptions {
  /** The number of the node, from 1. */
  readonly node: number
  readonly lives: Lives
  readonly kills: Kills
  readonly downs: Downs
  readonly random: Random
  readonly faults: DatabaseFaults
  readonly world: World
  readonly longestPauseMs: number
}

/** Kills a node and starts it again, for as long as there are kills. It runs before and afterwards. */
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
    const goesOn = running === undefined ? undefined : kills.takeFreeze()
    if (goesOn !== undefined) await isSending(surroundings)
    const ending = running === undefined ? nextEnding() : endingOfRunning(random, goesOn !== undefined)
    const next = running === undefined ? await lives.begin() : undefined
    const dying = faults.mayEnd(async () =>
      next === undefined ? running && end(running, life, ending, surroundings) : live(next, life, ending, surroundings),
    )
    const death = await within(dying, LONGEST_LIFE_MS, () => `${causeOf(ending)} of ${lives.told(node)}`)
    goesOn?.()
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

/** Waits until the node is sending: a node that has just started has no work that another could take over. */
async function isSending({ proxy, place }: Surroundings): Promise<void> {
  await place.take()
  await sleep(WORKS_FIRST_MS)
  await until(() => proxy.waiting().includes(SEND_PATH), LONGEST_WAIT_FOR_SEND_MS)
}

function endingOfRunning(random: Random, isFrozen: boolean): Ending {
  if (!isFrozen) return { kind: "at_random", afterMs: random.integer(5, 2000) }
  return { kind: "after_pause", pauseMs: random.integer(...FREEZE_MS), afterMs: random.integer(1000, 3000) }
}

function causeOf(ending: Ending): string {
  return ending.kind === "at_point" ? ending.crashPoint.point : ending.kind
}

/** So long because the database may be restarted meanwhile, and the node may have to wait while others are down. */
const LONGEST_LIFE_MS = 240_000
const WORKS_FIRST_MS = 3000
const LONGEST_WAIT_FOR_SEND_MS = 5000
/** Longer than a job without a heartbeat stays with its node, and longer than a request may last. */
const FREEZE_MS = [20_000, 22_000] as const
