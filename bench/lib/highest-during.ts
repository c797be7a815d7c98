import { setTimeout as sleep } from "node:timers/promises"
import { residentBytes } from "./child.ts"

const LOOK_EVERY_MS = 10

/** The most resident bytes of a process while the work is done. */
export async function highestDuring(pid: number, work: () => Promise<void>): Promise<number> {
  const done = new AbortController()
  let highest = 0
  const watching = (async () => {
    while (!done.signal.aborted) {
      highest = Math.max(highest, await residentBytes(pid))
      await sleep(LOOK_EVERY_MS)
    }
  })()
  await work()
  done.abort()
  await watching
  return highest
}
