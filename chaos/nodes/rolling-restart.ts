import { setTimeout as sleep } from "node:timers/promises"
import type { DatabaseFaults } from "./database-faults.ts"
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
 * As one brings a new version: each is taken out of the load balancer and told to stop, one after another, and the next
 * begins when this one takes requests.
 */
export async function restartAll({ all, faults, load, history }: RestartOptions): Promise<void> {
  const startedAt = performance.now()
  const unservedBefore = load.unserved
  for (const lives of all) {
    lives.current?.withdraw()
    await sleep(UNTIL_SIGTERM_MS)
    const exit = await lives.current?.stop()
    if (exit !== "0") throw new Error(`a gateway ended with ${exit} when asked to stop`)
    await startNode(lives, faults)
  }
  const forMs = Math.round(performance.now() - startedAt)
  history.add({ kind: "rolled", forMs, unserved: load.unserved - unservedBefore })
}

/** What the balancer gave it last has arrived. */
const UNTIL_SIGTERM_MS = 200

/** The next life of a node, once it takes requests. */
export async function startNode(lives: Lives, faults: DatabaseFaults): Promise<GatewayProcess> {
  for (;;) {
    const gateway = await lives.begin()
    if ((await faults.mayEnd(() => gateway.start())) !== undefined) return gateway
  }
}
