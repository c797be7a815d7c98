import { setTimeout as sleep } from "node:timers/promises"
import type { DatabaseFaults } from "./database-faults.ts"
import { within } from "../lib/within.ts"
import type { Lives } from "../gateway/lives.ts"
import type { History } from "../history.ts"
import type { GatewayProcess } from "../gateway/gateway-process.ts"
import type { Load } from "../load/load.ts"

interface RestartOptions {
  readonly all: readonly Lives[]
  readonly faults: DatabaseFaults
  readonly load: Load
  readonly history: History
}

/**
 * Restarts all nodes as for a new version: one after another is taken out of the load balancer, stopped and started again,
 * and the next follows once this one takes requests.
 */
export async function restartAll({ all, faults, load, history }: RestartOptions): Promise<void> {
  const startedAt = performance.now()
  const unservedBefore = load.unserved
  for (const [index, lives] of all.entries()) {
    const node = index + 1
    lives.current?.withdraw()
    await sleep(UNTIL_SIGTERM_MS)
    const toldAt = performance.now()
    const stopping = Promise.resolve(lives.current?.stop())
    const exit = await within(stopping, LONGEST_STOP_MS, () => `the stop of ${lives.told(node)}`)
    if (exit !== "0") throw new Error(`a gateway ended with ${exit} when asked to stop`)
    history.add({ kind: "stopped", node, afterMs: Math.round(performance.now() - toldAt) })
    await startNode({ node, lives, faults, history })
  }
  const forMs = Math.round(performance.now() - startedAt)
  history.add({ kind: "rolled", forMs, unserved: load.unserved - unservedBefore })
}

/** By then the last requests from the load balancer have arrived. */
const UNTIL_SIGTERM_MS = 1000

/** For the drain, and for the rest of the stop. */
const LONGEST_STOP_MS = 120_000
const LONGEST_START_MS = 120_000

interface StartNodeOptions {
  /** The number of the node, from 1. */
  readonly node: number
  readonly lives: Lives
  readonly faults: DatabaseFaults
  readonly history: History
}

/** Starts the next gateway of a node. Resolves once it takes requests. */
export async function startNode({ node, lives, faults, history }: StartNodeOptions): Promise<GatewayProcess> {
  for (;;) {
    const gateway = await lives.begin()
    const startedAt = performance.now()
    const starting = faults.mayEnd(() => gateway.start())
    if ((await within(starting, LONGEST_START_MS, () => `the start of ${lives.told(node)}`)) === undefined) continue
    history.add({ kind: "started", node, afterMs: Math.round(performance.now() - startedAt) })
    return gateway
  }
}
