import { setTimeout as sleep } from "node:timers/promises"
import { CHAT_PATH, FRAME_PATH, LOOKUP_PATH, ROBOT_PATH, SEND_PATH } from "../check/evidence.ts"
import { ProcessDied } from "../gateway/gateway-process.ts"
import type { GatewayProcess } from "../gateway/gateway-process.ts"
import type { History, Phase } from "../history.ts"
import type { Load } from "../load/load.ts"
import type { FaultProxy } from "../proxy/fault-proxy.ts"
import { phaseAt } from "./ending.ts"
import type { Ending } from "./ending.ts"
import type { SlowAnswers } from "./slow-answers.ts"

/** The other actors of a run while gateways live. */
export interface World {
  readonly history: History
  /** One proxy for each node, between it and WeCom. */
  readonly proxies: readonly FaultProxy[]
  readonly slowAnswers: SlowAnswers
  /** Whether some calls get no answer at all; each of them takes until its timeout. */
  readonly wire: { hangs: boolean }
  readonly load: Load
}

/** The world as one node has it. */
export interface Surroundings extends Omit<World, "proxies" | "wire"> {
  /** The number of the node, from 1. */
  readonly node: number
  readonly proxy: FaultProxy
  readonly place: Place
  /** How many posts there must be before it dies at random or waits in vain for its point: on a slow machine lives are longer. */
  readonly leastPosts: number
}

/** A permit for a gateway to be down. Taking it twice, or giving it back twice, counts once. */
export interface Place {
  take(): Promise<void>
  leave(): void
}

export function surroundingsOf({ proxies, ...others }: World, node: number, place: Place): Surroundings {
  const proxy = proxies[node - 1]
  if (proxy === undefined) throw new RangeError(`there is no proxy for node ${node}`)
  return { ...others, node, proxy, place, leastPosts: 0 }
}

/** The phases in which a gateway died, and its exchanges with WeCom that waited for the reply to a send. */
export interface Death {
  readonly phases: Phase[]
  readonly underWay: readonly string[]
}

/** Runs a gateway from its start to its death. The caller has taken its permit to be down. */
export async function live(
  gateway: GatewayProcess,
  life: number,
  ending: Ending,
  surroundings: Surroundings,
): Promise<Death> {
  const { history, node, place } = surroundings
  await gateway.loaded
  const startedAt = performance.now()
  const starting = gateway.start(ending.kind === "at_point" ? ending.crashPoint : null)
  if (ending.kind === "while_starting") {
    starting.catch(() => undefined)
    await sleep(ending.afterMs)
    const isStarting = gateway.url === undefined
    const phases = isStarting ? ["start" as const] : phasesOf(gateway, surroundings)
    const underWay = underWayOf(surroundings)
    await gateway.kill()
    return { phases, underWay }
  }
  try {
    await starting
  } catch (error) {
    if (ending.kind === "at_point" && error instanceof ProcessDied)
      return { phases: ["start", phaseAt(ending.crashPoint)], underWay: [] }
    throw error
  }
  history.add({ kind: "started", node, afterMs: Math.round(performance.now() - startedAt) })
  // A gateway that is to die at a point may do so at any moment from now on, so it keeps its permit.
  if (ending.kind !== "at_point") place.leave()
  return end(gateway, life, ending, surroundings)
}

/** Ends a gateway that has started. */
export async function end(
  gateway: GatewayProcess,
  life: number,
  ending: Ending,
  surroundings: Surroundings,
): Promise<Death> {
  const { history, node, proxy, slowAnswers, load, place } = surroundings
  switch (ending.kind) {
    case "at_random":
    case "while_starting":
      await sleep(ending.afterMs)
      await untilPosted(gateway, surroundings)
      break
    case "idle":
      load.pause()
      slowAnswers.pause()
      await until(
        () => load.openPosts === 0 && gateway.phases().length === 0 && proxy.waiting().length === 0,
        LONGEST_LULL_MS,
      )
      break
    case "at_point":
      if (await diesWithin(gateway, ending.withinMs, surroundings))
        return { phases: [...new Set([...gateway.phases(), phaseAt(ending.crashPoint)])], underWay: [] }
      break
    case "after_pause":
      await place.take()
      gateway.signal("SIGSTOP")
      history.add({ kind: "paused", node, life, forMs: ending.pauseMs, underWay: underWayOf(surroundings) })
      await sleep(ending.pauseMs)
      gateway.signal("SIGCONT")
      place.leave()
      await sleep(ending.afterMs)
      break
  }
  await place.take()
  // A death of its own would be a bug, and not a kill.
  if (gateway.isDead) diedByItself(await gateway.exit)
  const outside = phasesOf(gateway, surroundings)
  const underWay = underWayOf(surroundings)
  await gateway.kill()
  load.resume()
  slowAnswers.goOn()
  const phases = new Set([...outside, ...gateway.phases()])
  if (phases.size > 1) phases.delete("idle")
  return { phases: [...phases], underWay }
}

export function diedByItself(how: string): never {
  throw new Error(`the gateway died by itself (${how})`)
}

const LONGEST_LULL_MS = 2500
/** So long because a client that was asked to repeat in a minute posts nothing. */
const LONGEST_WAIT_FOR_POSTS_MS = 60_000

function underWayOf({ proxy }: Surroundings): readonly string[] {
  return proxy.atWork().flatMap(({ path, name }) => (path === SEND_PATH ? name : []))
}

function phasesOf(gateway: GatewayProcess, { load, proxy }: Surroundings): Phase[] {
  const phases: Phase[] = gateway.phases()
  if (load.openPosts > 0) phases.push("accept")
  const waiting = proxy.waiting()
  if (waiting.includes(LOOKUP_PATH)) phases.push("resolve")
  if (waiting.some((path) => SENDING.has(path))) phases.push("in_flight")
  return phases.length === 0 ? ["idle"] : phases
}

const SENDING: ReadonlySet<string> = new Set([SEND_PATH, CHAT_PATH, ROBOT_PATH, FRAME_PATH])

export async function until(isTrue: () => boolean, longestMs: number): Promise<void> {
  const end = performance.now() + longestMs
  while (!isTrue() && performance.now() < end) await sleep(2)
}

async function diesWithin(gateway: GatewayProcess, ms: number, surroundings: Surroundings): Promise<boolean> {
  await Promise.race([gateway.exit, sleep(ms, undefined, { ref: false })])
  await untilPosted(gateway, surroundings)
  return gateway.isDead
}

function untilPosted(gateway: GatewayProcess, { load, leastPosts }: Surroundings): Promise<void> {
  return until(() => gateway.isDead || load.posts >= leastPosts, LONGEST_WAIT_FOR_POSTS_MS)
}
