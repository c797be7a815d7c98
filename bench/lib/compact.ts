// One way to keep values in memory, in a process of its own. Prints one JSON line.
import { constants, PerformanceObserver } from "node:perf_hooks"
import type { PerformanceEntry } from "node:perf_hooks"
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises"
import { KeyTable } from "../../packages/gateway/src/model/compact/key-table.ts"
import { TransientMap } from "../../packages/gateway/src/model/compact/transient-map.ts"

const ways: Readonly<Record<string, () => number | Promise<number>>> = {
  "keys in a map": () => bytesOf(() => withKeys(new Map<string, number>())),
  "keys in a table": () => bytesOf(() => withKeys(new KeyTable())),
  "values through a map": () => comeAndGo(new Map<string, object>()),
  "values through a transient map": () => comeAndGo(new TransientMap<string, object>()),
}

const measured = await ways[process.argv[2] ?? ""]?.()
console.log(JSON.stringify(measured))

/** The bytes of the value that `make` returns. */
function bytesOf(make: () => unknown): number {
  const before = inUse()
  const made = make()
  const bytes = inUse() - before
  // Without this use, the value might be collected before it is counted.
  if (made === undefined) throw new Error("nothing was made")
  return bytes
}

function inUse(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function withKeys<T extends { set(key: string, value: number): unknown }>(table: T): T {
  for (let n = 0; n < 1_000_000; n++) table.set(key(n), n)
  return table
}

/** @returns how often the whole heap was collected meanwhile */
async function comeAndGo(map: {
  set(key: string, value: object): unknown
  delete(key: string): boolean
}): Promise<number> {
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { readonly detail: { readonly kind: number } })[]) {
      if (entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++
    }
  })
  observer.observe({ entryTypes: ["gc"] })
  const alive: string[] = []
  for (let n = 0; n < 1_000_000; n++) {
    const place = n % 500
    map.set(key(n), { n, parts: Array.from({ length: 20 }, (_, part) => ({ part })) })
    if (alive[place] !== undefined) map.delete(alive[place])
    alive[place] = key(n)
    if (n % 5000 === 0) await immediate()
  }
  await sleep(100)
  return collections
}

function key(at: number): string {
  return `user m${String(at).padStart(7, "0")}`
}
