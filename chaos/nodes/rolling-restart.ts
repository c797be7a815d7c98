import { setTimeout as sleep } from "node:timers/promises"
import type { Lives } from "../gateway/lives.ts"
import type { History } from "../history.ts"

/** As one brings a new version: each is told to stop, one after another, and the next begins when this one takes requests. */
export async function restartAll(all: readonly Lives[], history: History): Promise<void> {
  const startedAt = performance.now()
  for (const lives of all) {
    const exit = await lives.current?.stop()
    if (exit !== "0") throw new Error(`a gateway ended with ${exit} when asked to stop`)
    const next = await lives.begin()
    await next.start()
    await sleep(BETWEEN_MS)
  }
  history.add({ kind: "rolled", forMs: Math.round(performance.now() - startedAt) })
}

const BETWEEN_MS = 200
