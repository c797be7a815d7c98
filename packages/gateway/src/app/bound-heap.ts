import { PerformanceObserver } from "node:perf_hooks"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import type { HeapBound } from "../model/ports/heap-bound.ts"
import { NO_HEAP_BOUND } from "../model/ports/heap-bound.ts"

interface Start {
  /** Of the command line. */
  readonly flags: readonly string[]
  readonly nodeOptions: string | undefined
  /** Gives V8 a flag. */
  readonly set: (flag: string) => void
  readonly youngBytes: () => number
}

/**
 * For a process that is a gateway. V8 lets the young generation grow to 134 MB, and what is old to four times of what is in
 * use: collecting seldom costs little. A call of a message to many names a thousand people, and lives longer than the young do:
 * hundreds of megabytes of such calls pile up before they are collected. While such a message is at work, the young generation
 * grows to 67 MB, and what is old to 1.75 times of what is in use. It costs 5 to 10 % of a processor, which is why it is not so
 * for messages to a few.
 *
 * A process that runs has no flag for the size of its young generation; but it grows by a factor, after a collection, and by
 * the factor 1 it stays as it is. Where the operator names a size (`--max-semi-space-size`, on the command line or in
 * `NODE_OPTIONS`), nothing is held.
 */
export function boundHeap({
  flags = process.execArgv,
  nodeOptions = process.env["NODE_OPTIONS"],
  set = setFlagsFromString,
  youngBytes = youngBytesNow,
}: Partial<Start> = {}): HeapBound {
  if ([...flags, nodeOptions ?? ""].some((words) => SIZE_FLAG.test(words))) return NO_HEAP_BOUND
  let holders = 0
  const boundYoung = (): void => set(`--semi-space-growth-factor=${youngBytes() < MOST_YOUNG_BYTES ? 2 : 1}`)
  const observer = new PerformanceObserver(boundYoung)
  let release: NodeJS.Timeout | undefined
  const hold = (): void => {
    set("--heap-growing-percent=75")
    boundYoung()
    observer.observe({ type: "gc" })
  }
  const letGo = (): void => {
    release = undefined
    observer.disconnect()
    // V8's own.
    set("--heap-growing-percent=0")
    set("--semi-space-growth-factor=2")
  }
  return {
    hold() {
      if (release !== undefined) {
        clearTimeout(release)
        release = undefined
      } else if (holders === 0) hold()
      holders += 1
      return {
        [Symbol.dispose]: () => {
          holders -= 1
          if (holders === 0) release = setTimeout(letGo, HELD_ON_MS).unref()
        },
      }
    },
  }
}

function youngBytesNow(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? 0
}

/** V8 takes `_` for `-`. */
const SIZE_FLAG = /--max[-_]semi[-_]space[-_]size/
/** Of both halves: sizes are powers of two, and a little more. */
const MOST_YOUNG_BYTES = 64e6
/** A message whose calls all rest is given back, and comes again. */
const HELD_ON_MS = 30_000
