import { setTimeout as sleep } from "node:timers/promises"
import { LOOKUP_PATH, SEND_PATH } from "../check/evidence.ts"
import { ProcessDied } from "../gateway/gateway-process.ts"
import type { GatewayProcess } from "../gateway/gateway-process.ts"
import type { History, Phase } from "../history.ts"
import type { Load } from "../load/load.ts"
import type { FaultProxy } from "../proxy/fault-proxy.ts"
import { phaseAt } from "./ending.ts"
import type { Ending } from "./ending.ts"
import type { SlowAnswers } from "./slow-answers.ts"

/** Who else acts while a gateway lives. */
export interface Surroundings {
  readonly history: History
  /** Between the gateways and WeCom. */
  readonly proxy: FaultProxy
  readonly slowAnswers: SlowAnswers
  readonly load: Load
}

/** A gateway from its start to its death. @returns where it died */
export async function live(
  gateway: GatewayProcess,
  life: number,
  ending: Ending,
  surroundings: Surroundings,
): Promise<Phase[]> {
  const { history } = surroundings
  await gateway.loaded
  const startedAt = performance.now()
  const starting = gateway.start(ending.kind === "at_point" ? ending.crashPoint : null)
  if (ending.kind === "while_starting") {
    starting.catch(() => undefined)
    await sleep(ending.afterMs)
    const isStarting = gateway.url === undefined
    const phases = isStarting ? ["start" as const] : phasesOf(gateway, surroundings)
    await gateway.kill()
    return phases
  }
  try {
    await starting
  } catch (error) {
    if (ending.kind === "at_point" && error instanceof ProcessDied) return ["start", phaseAt(ending.crashPoint)]
    throw error
  }
  history.add({ kind: "started", life, afterMs: Math.round(performance.now() - startedAt) })
  return end(gateway, life, ending, surroundings)
}

/** Of one that has started. @returns where it died */
export async function end(
  gateway: GatewayProcess,
  life: number,
  ending: Ending,
  surroundings: Surroundings,
): Promise<Phase[]> {
  const { history, proxy, slowAnswers, load } = surroundings
  switch (ending.kind) {
    case "at_random":
    case "while_starting":
      await sleep(ending.afterMs)
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
      if (await diesWithin(gateway, LONGEST_WAIT_FOR_POINT_MS))
        return [...new Set([...gateway.phases(), phaseAt(ending.crashPoint)])]
      break
    case "after_pause":
      history.add({ kind: "paused", life, forMs: ending.pauseMs })
      gateway.signal("SIGSTOP")
      await sleep(ending.pauseMs)
      gateway.signal("SIGCONT")
      await sleep(ending.afterMs)
      break
  }
  // Its own death would be a bug, and no kill.
  if (gateway.isDead) diedByItself(await gateway.exit)
  const outside = phasesOf(gateway, surroundings)
  await gateway.kill()
  load.resume()
  slowAnswers.goOn()
  const phases = new Set([...outside, ...gateway.phases()])
  if (phases.size > 1) phases.delete("idle")
  return [...phases]
}

export function diedByItself(how: string): never {
  throw new Error(`the gateway died by itself (${how})`)
}

const LONGEST_LULL_MS = 2500
const LONGEST_WAIT_FOR_POINT_MS = 3000

function phasesOf(gateway: GatewayProcess, { load, proxy }: Surroundings): Phase[] {
  const phases: Phase[] = gateway.phases()
  if (load.openPosts > 0) phases.push("accept")
  const waiting = proxy.waiting()
  if (waiting.includes(LOOKUP_PATH)) phases.push("resolve")
  if (waiting.includes(SEND_PATH)) phases.push("in_flight")
  return phases.length === 0 ? ["idle"] : phases
}

async function until(isTrue: () => boolean, longestMs: number): Promise<void> {
  const end = performance.now() + longestMs
  while (!isTrue() && performance.now() < end) await sleep(2)
}

async function diesWithin(gateway: GatewayProcess, ms: number): Promise<boolean> {
  await Promise.race([gateway.exit, sleep(ms, undefined, { ref: false })])
  return gateway.isDead
}
