import { flushCompileCache } from "node:module"
import { performance } from "node:perf_hooks"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

export interface TidyOptions {
  readonly lookEveryMs: number
  readonly tidy: () => void
}

/**
 * Does once, as soon as there is nothing else to do, the work that a start has put off.
 *
 * It leaves behind twice the memory it needs, and V8 gives none of it back before it has once looked at all of the heap,
 * which may take days in a gateway with little to do. Asked to, it takes 40 ms, and from then on watches over
 * idle memory by itself.
 *
 * The code it has compiled is kept for the next start by a process that ends in order, not by one that is killed; and
 * a user waits for the start after that. The first of a version takes up to 0.3 seconds for it, the others
 * a millisecond.
 */
export function tidyWhenIdle({ lookEveryMs, tidy }: TidyOptions = { lookEveryMs: 2000, tidy: tidyUp }): void {
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > BUSY) return
    clearInterval(timer)
    tidy()
  }, lookEveryMs).unref()
}

const BUSY = 0.05

function tidyUp(): void {
  flushCompileCache()
  collectAll()
}

/** Node offers this by a flag of the command line only, which a launcher cannot give to the process it runs in. */
function collectAll(): void {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  setFlagsFromString("--no-expose-gc")
  if (typeof collect === "function") collect()
}
