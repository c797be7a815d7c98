import { setTimeout as sleep } from "node:timers/promises"
import type { Lives } from "../gateway/lives.ts"
import type { History } from "../history.ts"
import type { Load } from "../load/load.ts"

/**
 * As one brings a new version: each is taken out of the load balancer and told to stop, one after another, and the next
 * begins when this one takes requests.
 */
export async function restartAll(all: readonly Lives[], load: Load, history: History): Promise<void> {
  const startedAt = performance.now()
  const unservedBefore = load.unserved
  for (const lives of all) {
    lives.current?.withdraw()
    await sleep(UNTIL_SIGTERM_MS)
    const exit = await lives.current?.stop()
    if (exit !== "0") throw new Error(`a gateway ended with ${exit} when asked to stop`)
    const next = await lives.begin()
    await next.start()
  }
  const forMs = Math.round(performance.now() - startedAt)
  history.add({ kind: "rolled", forMs, unserved: load.unserved - unservedBefore })
}

/** What the balancer gave it last has arrived. */
const UNTIL_SIGTERM_MS = 200
