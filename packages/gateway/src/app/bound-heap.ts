import { PerformanceObserver } from "node:perf_hooks"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"

interface Start {
  /** Of the command line. */
  readonly flags: readonly string[]
  readonly nodeOptions: string | undefined
  /** Gives V8 a flag. */
  readonly set: (flag: string) => void
}

/**
 * For a process that is a gateway, before it has work. V8 lets the young generation grow to 134 MB, and keeps it so for as
 * long as there is something to do; and it lets what is old grow to four times of what is in use, for what is collected
 * seldom is collected cheaply. A quarter of the one takes no more of a processor than runs differ by (decision 5); the other
 * is held once it is large. A process that runs has no flag for the size of its young generation; but it grows by a factor,
 * after a collection, and by the factor 1 it stays as it is. Where the operator names a size (`--max-semi-space-size`, on the
 * command line or in `NODE_OPTIONS`), nothing is held.
 */
export function boundHeap(
  { flags, nodeOptions, set }: Start = {
    flags: process.execArgv,
    nodeOptions: process.env["NODE_OPTIONS"],
    set: setFlagsFromString,
  },
): void {
  if ([...flags, nodeOptions ?? ""].some((words) => SIZE_FLAG.test(words))) return
  const isHeld = { "semi-space-growth-factor": false, "heap-growing-percent": false }
  const hold = (flag: keyof typeof isHeld, shall: boolean): void => {
    if (shall === isHeld[flag]) return
    isHeld[flag] = shall
    set(`--${flag}=${shall ? HELD[flag] : USUAL[flag]}`)
  }
  new PerformanceObserver(() => {
    const spaces = new Map(getHeapSpaceStatistics().map((space) => [space.space_name, space]))
    // Once it has shrunk, in a quiet hour, it may grow again.
    hold("semi-space-growth-factor", (spaces.get("new_space")?.space_size ?? 0) >= MOST_YOUNG_BYTES)
    hold("heap-growing-percent", (spaces.get("old_space")?.space_size ?? 0) >= LARGE_BYTES)
  }).observe({ type: "gc" })
}

const USUAL = { "semi-space-growth-factor": 2, "heap-growing-percent": 0 }
const HELD = { "semi-space-growth-factor": 1, "heap-growing-percent": 75 }
/** V8 takes `_` for `-`. */
const SIZE_FLAG = /--max[-_]semi[-_]space[-_]size/
/** Of both halves: sizes are powers of two, and a little more. */
const MOST_YOUNG_BYTES = 32e6
/** A gateway that sends what it takes in has less. */
const LARGE_BYTES = 100e6
