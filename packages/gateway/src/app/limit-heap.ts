import { PerformanceObserver } from "node:perf_hooks"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import type { HeapLimit } from "../model/ports/heap-limit.ts"
import { NO_HEAP_LIMIT } from "../model/ports/heap-limit.ts"

interface Start {
  /** The flags of the command line. */
  readonly flags: readonly string[]
  readonly nodeOptions: string
  /** Gives V8 a flag. */
  readonly set: (flag: string) => void
  readonly youngBytes: () => number
}

/**
 * For a process that is a gateway. V8 lets the young generation grow to 134 MB, and the old one to four times of what is in
 * use, because collecting seldom costs little. But a call of a message to many names a thousand people, and outlives the
 * young generation: hundreds of megabytes of ended calls wait to be collected. While such a message is at work, the young
 * generation grows to 67 MB, and the old one to 1.75 times of what is in use.
 *
 * V8 has no flag for the size of the young generation of a running process. But that size grows by a factor after a
 * collection, and with the factor 1 it does not change. If the operator sets a size (`--max-semi-space-size`, on the command
 * line or in `NODE_OPTIONS`), there is no limit.
 */
export function limitHeap({
  flags = process.execArgv,
  nodeOptions = process.env["NODE_OPTIONS"] ?? "",
  set = setFlagsFromString,
  youngBytes = youngBytesNow,
}: Partial<Start> = {}): HeapLimit {
  if ([...flags, nodeOptions].some((words) => SIZE_FLAG.test(words))) return NO_HEAP_LIMIT
  let users = 0
  let end: NodeJS.Timeout | undefined
  const limitYoung = (): void => set(`--semi-space-growth-factor=${youngBytes() < MOST_YOUNG_BYTES ? 2 : 1}`)
  const observer = new PerformanceObserver(limitYoung)
  const startLimit = (): void => {
    set("--heap-growing-percent=75")
    limitYoung()
    observer.observe({ type: "gc" })
  }
  const endLimit = (): void => {
    end = undefined
    observer.disconnect()
    // V8's own defaults.
    set("--heap-growing-percent=0")
    set("--semi-space-growth-factor=2")
  }
  return {
    begin() {
      if (users === 0 && end === undefined) startLimit()
      clearTimeout(end)
      end = undefined
      users += 1
      return {
        [Symbol.dispose]: () => {
          users -= 1
          if (users === 0) end = setTimeout(endLimit, ENDS_AFTER_MS).unref()
        },
      }
    },
  }
}

function youngBytesNow(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_size ?? 0
}

/** V8 accepts `_` for `-`. */
const SIZE_FLAG = /--max[-_]semi[-_]space[-_]size/
/** The size of both halves: sizes are powers of two, and a little more. */
const MOST_YOUNG_BYTES = 64e6
/** A message whose calls all wait is given back, and comes again. */
const ENDS_AFTER_MS = 30_000
